/** Writes docs/tools.md from the catalogue. */
import { writeFileSync } from "node:fs";
import { renderTools } from "./tools-page.ts";

writeFileSync(new URL("../docs/tools.md", import.meta.url), renderTools());
