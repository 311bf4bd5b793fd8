import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import ssh2 from "ssh2";
import { encodePrivateKey, encodePublicKey, fingerprint } from "../../components/remote/ssh/openssh-key.ts";

// Made by ssh-keygen 9.2; fingerprints by `ssh-keygen -l` and `-l -E md5`.
const golden = [
  {
    pem: `-----BEGIN PUBLIC KEY-----
MIGbMBAGByqGSM49AgEGBSuBBAAjA4GGAAQAf8c0bKxqJZLm6uRbleEPiBkzNhY1
+9Wn8DsiBTuQeqTtXifu7X9BgQTRxu+6kLqucduHkbb02mcky7jsVb+hvFQA+oSs
zOZhfBGvlmp+0ossp2wO8UCr7t668gw6jf4RBeZyn0BnzG5DK4g3Pi2JQw78XTPt
wyG/Rg7EJGtG9OLmiBQ=
-----END PUBLIC KEY-----`,
    line: "ecdsa-sha2-nistp521 AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAACFBAB/xzRsrGolkubq5FuV4Q+IGTM2FjX71afwOyIFO5B6pO1eJ+7tf0GBBNHG77qQuq5x24eRtvTaZyTLuOxVv6G8VAD6hKzM5mF8Ea+Wan7SiyynbA7xQKvu3rryDDqN/hEF5nKfQGfMbkMriDc+LYlDDvxdM+3DIb9GDsQka0b04uaIFA==",
    sha256: "SHA256:3+vyhQtZ4DhaUpTg9pUPGEsjRVCm5YiN3JfBDlevhe4",
    md5: "93:5a:bf:2c:ca:49:b9:63:cc:8c:42:66:03:b6:a5:ee",
  },
  {
    // The first bit of the modulus is set: ssh puts a zero byte in front.
    pem: `-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDdSqdtcD9gGo8/j4NlomRdxzjR
dtZZy3dqSxbgaOBNxbO3L6GVOwEb/DMfNNEApniNvvRj2pUB7qc1HI+MBH5GyDgq
o2qoF7MX4L6XkPJzPvu7PzOHfwoegF2iYIiPtgx0J6LvZzjkozgEJqhIyiJqy3Ej
wzgY7odbfCt3Kxk/CwIDAQAB
-----END PUBLIC KEY-----`,
    line: "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQDdSqdtcD9gGo8/j4NlomRdxzjRdtZZy3dqSxbgaOBNxbO3L6GVOwEb/DMfNNEApniNvvRj2pUB7qc1HI+MBH5GyDgqo2qoF7MX4L6XkPJzPvu7PzOHfwoegF2iYIiPtgx0J6LvZzjkozgEJqhIyiJqy3EjwzgY7odbfCt3Kxk/Cw==",
    sha256: "SHA256:wgoqTL8YJORrtDZcOFrwrtmGa6jduhu0lFE+X2B7DGA",
    md5: "b1:56:fd:8c:69:63:4b:27:9a:38:ac:92:86:02:1c:d5",
  },
];
for (const { pem, line, sha256, md5 } of golden) {
  test(`a public key is written as ssh-keygen writes it: ${line.split(" ")[0]}`, () => {
    const key = createPublicKey(pem);
    deepStrictEqual([encodePublicKey(key), fingerprint(key, "sha256"), fingerprint(key, "md5")], [line, sha256, md5]);
  });
}

test("a private key is read by another implementation, whatever its padding", () => {
  for (const namedCurve of ["P-256", "P-384", "P-521"]) {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve });
    const read = ssh2.utils.parseKey(encodePrivateKey(privateKey) ?? "");
    if (read instanceof Error) throw read;
    const one = Array.isArray(read) ? read[0] : read;
    strictEqual(one?.getPublicSSH().toString("base64"), encodePublicKey(publicKey)?.split(" ")[1]);
  }
});

test("OpenSSH has no P-224", () => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-224" });
  deepStrictEqual(
    [encodePrivateKey(privateKey), encodePublicKey(publicKey), fingerprint(publicKey, "md5")],
    [undefined, undefined, undefined],
  );
});
