import { signInAsGuest } from "./guest.js";

const parameters = new URLSearchParams(location.search);
const endpoint = parameters.get("endpoint") ?? "http://127.0.0.1:4599";
const pool = parameters.get("pool") ?? "eu-west-1:11111111-2222-3333-4444-555555555555";
const status = document.querySelector("#status");

try {
  const { identityId, accessKeyId } = await signInAsGuest(endpoint, pool);
  status.textContent = `Identity ${identityId} with access key ${accessKeyId}`;
} catch (error) {
  status.textContent = `${error.name}: ${error.message}`;
}
