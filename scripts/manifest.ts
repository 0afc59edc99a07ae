/** The manifest of the MCPB bundle (https://github.com/modelcontextprotocol/mcpb/blob/main/MANIFEST.md). */
import { everyTool } from "../src/call/catalogue.ts";

/** Of package.json. */
interface Package {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly keywords: readonly string[];
  readonly engines: { readonly node: string };
}

/** What a person is asked for when they install it. A host leaves what has no default in the text as it is. */
const userConfig = {
  profile: {
    type: "string",
    title: "AWS profile",
    description: "A profile of your AWS configuration. Empty: the default one.",
    default: "",
    required: false,
  },
  region: {
    type: "string",
    title: "AWS region",
    description: "For calls that name none, such as eu-west-1. Empty: the profile's own.",
    default: "",
    required: false,
  },
  read_only: {
    type: "boolean",
    title: "Read-only",
    description: "Only the tools that change nothing.",
    default: false,
    required: false,
  },
  policy: {
    type: "string",
    title: "Confirmation",
    description:
      "What it takes to run a tool: NAME=LEVEL, separated by commas, such as delete=deny. Empty: a person approves the plan to every update and delete.",
    default: "",
    required: false,
  },
} as const;

export function manifestOf({ name, version, description, license, keywords, engines }: Package) {
  return {
    manifest_version: "0.3",
    name,
    display_name: "Amazon Cognito identity pools",
    version,
    description,
    author: { name: `The authors of ${name}` },
    license,
    keywords,
    server: {
      type: "node",
      entry_point: "dist/main.js",
      mcp_config: {
        command: "node",
        // biome-ignore lint/suspicious/noTemplateCurlyInString: the host fills it in.
        args: ["${__dirname}/dist/main.js"],
        env: Object.fromEntries(
          Object.keys(userConfig).map((key) => [`COGNITO_IDENTITY_MCP_${key.toUpperCase()}`, `\${user_config.${key}}`]),
        ),
      },
    },
    tools: everyTool.map((tool) => ({ name: tool.name, description: tool.summary })),
    compatibility: { platforms: ["darwin", "linux", "win32"], runtimes: { node: engines.node } },
    user_config: userConfig,
  };
}
