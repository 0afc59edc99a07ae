/**
 * The named character references of HTML that stand for ASCII characters, a space or nothing visible, with what they stand for
 * (https://html.spec.whatwg.org/multipage/named-characters.html).
 */
export const htmlEntities: ReadonlyMap<string, number> = new Map(
  Object.entries({
    "\t": "Tab",
    "\n": "NewLine",
    "!": "excl",
    '"': "quot QUOT",
    "#": "num",
    $: "dollar",
    "%": "percnt",
    "&": "amp AMP",
    "'": "apos",
    "(": "lpar",
    ")": "rpar",
    "*": "ast midast",
    "+": "plus",
    ",": "comma",
    ".": "period",
    "/": "sol",
    ":": "colon",
    ";": "semi",
    "<": "lt LT",
    "=": "equals",
    ">": "gt GT",
    "?": "quest",
    "@": "commat",
    "[": "lsqb lbrack",
    "\\": "bsol",
    "]": "rsqb rbrack",
    "^": "Hat",
    _: "lowbar UnderBar",
    "`": "grave DiacriticalGrave",
    "{": "lcub lbrace",
    "|": "verbar vert VerticalLine",
    "}": "rcub rbrace",
    "\u{a0}": "nbsp NonBreakingSpace",
    "\u{ad}": "shy",
    "\u{200b}": "ZeroWidthSpace NegativeThinSpace NegativeMediumSpace NegativeThickSpace NegativeVeryThinSpace",
    "\u{200c}": "zwnj",
    "\u{200d}": "zwj",
    "\u{2060}": "NoBreak",
  }).flatMap(([character, names]) => names.split(" ").map((name) => [name, character.codePointAt(0) ?? 0])),
);

/** Letters of the longest name. */
export const MAX_ENTITY_NAME = Math.max(...[...htmlEntities.keys()].map((name) => name.length));

/** Names that HTML also knows without a semicolon. */
export const unterminatedEntities: readonly string[] = [
  "amp",
  "AMP",
  "lt",
  "LT",
  "gt",
  "GT",
  "quot",
  "QUOT",
  "nbsp",
  "shy",
];
