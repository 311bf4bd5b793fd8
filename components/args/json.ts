/** A value of any kind, with outputs in it or not. */
// biome-ignore lint/suspicious/noExplicitAny: Pulumi's analyzer reads `any` as a schema's Any, and knows no `unknown`
export type Json = any;
