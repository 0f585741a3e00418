// The simulator's JSON API, found relative to this file: any path prefix will do.

const ROOT = new URL("../api/", import.meta.url);

/** The address of a path of the API. */
export function address(path) {
  return new URL(path, ROOT);
}

async function call(method, path, body) {
  const options = { method };
  if (body !== undefined) {
    options.headers = { "Content-Type": "application/json" };
    options.body = JSON.stringify(body);
  }
  const answer = await fetch(address(path), options);
  const data = answer.status === 204 ? {} : await answer.json();
  if (!answer.ok) throw new Refused(answer.status, data.error);
  return data;
}

/** The simulator understood the request and says no. */
export class Refused extends Error {
  constructor(status, reason) {
    super(reason);
    this.status = status;
  }
}

export const read = (path) => call("GET", path);
export const post = (path, body) => call("POST", path, body);
export const remove = (path) => call("DELETE", path);
