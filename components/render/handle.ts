import * as z from "zod";

const FIELDS = ["url", "hostNames", "connections", "sourceAddresses", "virtualAddresses"];

/** A pair, whose fields are outputs, or its handle as a value. Only a pair makes one, so its parts need no check. */
export const handleSchema = z.custom<object>(
  (value) => typeof value === "object" && value !== null && FIELDS.every((field) => field in value),
  { error: "a LoadBalancerPair, or its handle" },
);
