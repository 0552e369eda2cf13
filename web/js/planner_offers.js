// Which operations this server has, by its own document: a panel without its operation stays hidden.
import { ask } from "./api.js";

/** `has("post", path)` and `parameter(path, name)` of the server's OpenAPI document. */
export async function readOffers() {
  const { paths } = await ask("/openapi.json");
  return {
    has: (method, path) => Boolean(paths[path]?.[method]),
    parameter: (path, name) => Boolean(paths[path]?.get?.parameters?.some((one) => one.name === name)),
  };
}
