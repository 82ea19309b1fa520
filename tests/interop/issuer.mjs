// @ts-check
/** Who signs the tokens that a server of others takes, and says with which key. */
import { generateKeyPairSync, sign } from "node:crypto";
import { createServer } from "node:http";

const base64url = (/** @type {object} */ value) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** Signs JSON Web Tokens with a key of this run (RFC 7515, RFC 7517). */
export async function issuer() {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const key = { ...publicKey.export({ format: "jwk" }), kid: "of this run", alg: "ES256", use: "sig" };
  const server = createServer((_, response) => {
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ keys: [key] }));
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", () => listening(undefined)));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the issuer does not listen");
  const url = `http://127.0.0.1:${address.port}`;
  return {
    url,
    /** A token with all rights, valid for so many seconds. @param {number} seconds */
    token(seconds) {
      const now = Math.floor(Date.now() / 1000);
      const claims = { iss: url, sub: "desk", scope: "system/*.cruds", iat: now - 120, exp: now + seconds };
      const text = `${base64url({ alg: "ES256", typ: "JWT", kid: key.kid })}.${base64url(claims)}`;
      const signature = sign("sha256", Buffer.from(text), { key: privateKey, dsaEncoding: "ieee-p1363" });
      return `${text}.${signature.toString("base64url")}`;
    },
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
