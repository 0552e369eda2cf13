// Identifiers and digests that also work where the page is plain http and the browser withholds crypto.subtle.

/** A UUIDv7: 48 bits of milliseconds, then random bits. */
export function uuid7(now = Date.now()) {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  for (let at = 0; at < 6; at += 1) bytes[at] = Math.floor(now / 2 ** (8 * (5 - at))) & 255;
  bytes[6] = 0x70 | (bytes[6] & 15);
  bytes[8] = 0x80 | (bytes[8] & 63);
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

const toHex = (bytes) => [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

function primes(count) {
  const found = [];
  for (let one = 2; found.length < count; one += 1) if (found.every((prime) => one % prime)) found.push(one);
  return found;
}

const fraction = (value) => ((value - Math.floor(value)) * 2 ** 32) >>> 0;

/** SHA-256 by FIPS 180-4, for pages without crypto.subtle. */
export function sha256Plain(data) {
  const keys = primes(64).map((prime) => fraction(Math.cbrt(prime)));
  const state = primes(8).map((prime) => fraction(Math.sqrt(prime)));
  const size = ((data.length + 8) >> 6) + 1, block = new DataView(new ArrayBuffer(size * 64));
  data.forEach((byte, at) => block.setUint8(at, byte));
  block.setUint8(data.length, 0x80);
  block.setUint32(size * 64 - 8, Math.floor(data.length / 2 ** 29));
  block.setUint32(size * 64 - 4, (data.length << 3) >>> 0);
  const turn = (value, by) => (value >>> by) | (value << (32 - by));
  const word = new Uint32Array(64);
  for (let start = 0; start < size * 64; start += 64) {
    for (let at = 0; at < 16; at += 1) word[at] = block.getUint32(start + 4 * at);
    for (let at = 16; at < 64; at += 1) {
      const low = turn(word[at - 15], 7) ^ turn(word[at - 15], 18) ^ (word[at - 15] >>> 3);
      const high = turn(word[at - 2], 17) ^ turn(word[at - 2], 19) ^ (word[at - 2] >>> 10);
      word[at] = word[at - 16] + low + word[at - 7] + high;
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let at = 0; at < 64; at += 1) {
      const one = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + keys[at] + word[at]) >>> 0;
      const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) >>> 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) >>> 0, c, b, a, (one + two) >>> 0];
    }
    [a, b, c, d, e, f, g, h].forEach((value, at) => { state[at] = (state[at] + value) >>> 0; });
  }
  return state.map((value) => value.toString(16).padStart(8, "0")).join("");
}

/** SHA-256 of a blob as lower-case hex. */
export async function sha256(blob) {
  const data = new Uint8Array(await blob.arrayBuffer());
  return crypto.subtle ? toHex(await crypto.subtle.digest("SHA-256", data)) : sha256Plain(data);
}
