/** Starts a command, passes everything on, and keeps what the client wrote in a file: `record.mjs FILE COMMAND ARG…`. */
import { spawn } from "node:child_process";
import { appendFileSync } from "node:fs";

const [file, command, ...args] = process.argv.slice(2);
const child = spawn(command, args, { stdio: ["pipe", "inherit", "inherit"] });
child.stdin.on("error", () => {});
process.stdin.on("data", (chunk) => {
  appendFileSync(file, chunk);
  child.stdin.write(chunk);
});
process.stdin.once("end", () => child.stdin.end());
process.once("SIGTERM", () => child.kill());
child.once("close", (code) => process.exit(code ?? 1));
