// Photos: made small in the browser, which also drops where and with what they were taken.
import { sha256 } from "./ids.js";

const LONGEST_PX = 1600, QUALITY = 0.82;

/** A JPEG of at most 1,600 px on its longer side with its SHA-256: {blob, sha256}; throws when it is no picture. */
export async function shrink(file) {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, LONGEST_PX / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  const blob = await new Promise((done, fail) => canvas.toBlob((made) => (made ? done(made) : fail(new Error("canvas"))), "image/jpeg", QUALITY));
  return { blob, sha256: await sha256(blob) };
}
