// The blocks of data in the page: base64 of gzip, read when they are needed.

/** The bytes of base64. */
export function bytesOf(base64) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64);
  const binary = atob(base64);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at += 1) bytes[at] = binary.charCodeAt(at);
  return bytes;
}

/** The content of base64 of gzip, as an ArrayBuffer. */
export async function inflated(base64) {
  const stream = new Blob([bytesOf(base64)]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}

/** Blocks by name. find: gives the base64 of a name; each block is read once. */
export class Blocks {
  constructor(find) {
    this.find = find;
    this.read = new Map();
  }

  json(name) {
    return this.once(name, async (base64) => JSON.parse(new TextDecoder().decode(await inflated(base64))));
  }

  floats(name) {
    return this.once(name, async (base64) => new Float32Array(await inflated(base64)));
  }

  bytes(name) {
    return this.once(name, async (base64) => new Uint8Array(await inflated(base64)));
  }

  once(name, read) {
    if (!this.read.has(name)) this.read.set(name, Promise.resolve(this.find(name)).then(read));
    return this.read.get(name);
  }
}

/** Finds a block in the page; waits for the rest of the page where it is not there yet. */
export async function inPage(name) {
  const find = () => document.querySelector(`script[data-block="${name}"]`);
  if (!find() && document.readyState === "loading") {
    await new Promise((done) => document.addEventListener("DOMContentLoaded", done, { once: true }));
  }
  const element = find();
  if (!element) throw new Error(`the page has no block ${name}`);
  return element.textContent;
}
