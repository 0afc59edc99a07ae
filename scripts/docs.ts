/** Writes docs/tools.md from the catalogue, and docs/diagnosis.md from the decision tree. */
import { writeFileSync } from "node:fs";
import { renderDiagnosis } from "./diagnosis-page.ts";
import { renderTools } from "./tools-page.ts";

writeFileSync(new URL("../docs/tools.md", import.meta.url), renderTools());
writeFileSync(new URL("../docs/diagnosis.md", import.meta.url), renderDiagnosis());
