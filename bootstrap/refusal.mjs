/**
 * A machine that cannot do what was asked. Its message is one sentence for the person who asked; a stack would only
 * hide it.
 */
export class Refusal extends Error {}
