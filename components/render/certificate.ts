import * as z from "zod";

const PEM = "PEM text, starting with -----BEGIN";
/** Something in PEM; what it is, is looked at where it is used. */
export const pem = z.string({ error: PEM }).regex(/^\s*-----BEGIN [A-Z ]+-----/, { error: PEM });

/** A certificate with its key, as args give it. */
export const certificate = z.strictObject({ certificatePem: pem, privateKeyPem: pem });
