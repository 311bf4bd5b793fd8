import { isIP } from "node:net";
import {
  AttributeTypeAndValue,
  AttributeValue,
  GeneralName,
  Name,
  RelativeDistinguishedName,
} from "@peculiar/asn1-x509";

/** Distinguished name, as a program gives it. */
export type Subject = {
  readonly commonName?: string;
  readonly country?: string;
  readonly emailAddress?: string;
  readonly locality?: string;
  readonly organization?: string;
  readonly organizationalUnit?: string;
  readonly postalCode?: string;
  readonly province?: string;
  readonly serialNumber?: string;
  readonly streetAddresses?: readonly string[];
};

/** What else the certificate is for. */
export type AlternativeNames = {
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
  readonly uris?: readonly string[];
};

/** From the general to the particular, as in the official plugin's certificates. */
const ATTRIBUTES: readonly (readonly [keyof Subject, oid: string])[] = [
  ["country", "2.5.4.6"],
  ["organization", "2.5.4.10"],
  ["organizationalUnit", "2.5.4.11"],
  ["locality", "2.5.4.7"],
  ["province", "2.5.4.8"],
  ["streetAddresses", "2.5.4.9"],
  ["postalCode", "2.5.4.17"],
  ["commonName", "2.5.4.3"],
  ["serialNumber", "2.5.4.5"],
  ["emailAddress", "1.2.840.113549.1.9.1"],
];

export function buildName(subject: Subject): Name {
  const sets = ATTRIBUTES.flatMap(([property, type]) => {
    const given = [subject[property] ?? []].flat().filter((value) => value !== "");
    const values = given.map((value) => new AttributeTypeAndValue({ type, value: encodeText(property, value) }));
    return values.length === 0 ? [] : [new RelativeDistinguishedName(values)];
  });
  return new Name(sets);
}

/** RFC 5280 4.1.2.4: PrintableString where it can be, else UTF8String; an e-mail address is ASCII. */
function encodeText(property: keyof Subject, text: string): AttributeValue {
  if (property === "emailAddress") {
    if (!/^[\x20-\x7e]*$/.test(text)) throw new Error(`subject.emailAddress: got ${JSON.stringify(text)}, want ASCII`);
    return new AttributeValue({ ia5String: text });
  }
  return /^[A-Za-z0-9 '()+,\-./:=?]*$/.test(text)
    ? new AttributeValue({ printableString: text })
    : new AttributeValue({ utf8String: text });
}

export function buildAlternativeNames({ dnsNames = [], ipAddresses = [], uris = [] }: AlternativeNames): GeneralName[] {
  return [
    ...dnsNames.map((dNSName) => new GeneralName({ dNSName })),
    ...ipAddresses.map((iPAddress) => new GeneralName({ iPAddress })),
    ...uris.map((uniformResourceIdentifier) => new GeneralName({ uniformResourceIdentifier })),
  ];
}

/** What is wrong with alternative names; the path says where. */
export function checkAlternativeNames({
  dnsNames,
  ipAddresses,
  uris,
}: AlternativeNames): [path: string, reason: string][] {
  const refuse = (
    name: string,
    values: readonly string[] | undefined,
    isFine: (value: string) => boolean,
    want: string,
  ) =>
    (values ?? []).flatMap((value, index): [string, string][] =>
      isFine(value) ? [] : [[`${name}[${index}]`, `got ${JSON.stringify(value)}, want ${want}`]],
    );
  return [
    ...refuse("dnsNames", dnsNames, (name) => /^[\x21-\x7e]+$/.test(name), "a DNS name in ASCII"),
    ...refuse("ipAddresses", ipAddresses, (address) => isIP(address) !== 0, "an IPv4 or IPv6 address"),
    ...refuse("uris", uris, (uri) => URL.canParse(uri), "an absolute URI"),
  ];
}
