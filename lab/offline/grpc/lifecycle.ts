import { checkInputs, type Failure } from "./check.ts";
import { type Change, diffValues } from "./diff.ts";
import type { ResourceType } from "./provider.ts";
import {
  asArchive,
  asAsset,
  mapValues,
  revealAll,
  secret,
  UNKNOWN,
  type Value,
  type Values,
  withoutNulls,
} from "./values.ts";

/** Inputs as the engine shall keep them, and what is wrong with them. */
export function checkResource(type: ResourceType, news: Values): { inputs: Values; failures: Failure[] } {
  const checked = checkInputs(type.inputs, news);
  const further = type.check?.(revealAll(checked.inputs), checked.failures) ?? [];
  const inputs = type.completeInputs?.(checked.inputs) ?? checked.inputs;
  return { inputs, failures: [...checked.failures, ...further] };
}

/** A difference and whether it needs a new resource. */
export type PlannedChange = Change & { readonly isReplace: boolean };

/** What an update from a state (outputs) to new inputs would change. */
export function diffResource(type: ResourceType, state: Values, news: Values): PlannedChange[] {
  const olds = Object.fromEntries(Object.entries(state).filter(([name]) => Object.hasOwn(type.inputs, name)));
  const wanted = { ...pick(type.outputDefaults ?? {}, type.inputs), ...withoutNulls(news) };
  const byInput = type.comparesPlain ? diffValues(revealAll(olds), revealAll(wanted)) : diffValues(olds, wanted);
  const byTime = type.changesByTime?.(revealAll(state), revealAll(wanted)) ?? [];
  return [
    ...byInput.map((change) => ({ ...change, isReplace: type.isReplacedBy(change) })),
    ...byTime.map((change) => ({ ...change, isReplace: true })),
  ];
}

/** Outputs as far as a preview of a creation, or of an update of a state, knows them. */
export function previewOutputs(type: ResourceType, inputs: Values, state: Values = {}): Values {
  const repeated = mapValues(inputs, (value, name) => (type.isUnknownInPreview?.(name) ? UNKNOWN : value));
  const added = Object.keys(type.outputs).map((name): [string, Value] => [name, UNKNOWN]);
  const marked = mark(type, { ...Object.fromEntries(added), ...keptOutputs(type, state) });
  return { ...type.outputDefaults, ...repeated, ...marked };
}

/** What an update leaves of the outputs that were added to the inputs. */
export function keptOutputs(type: ResourceType, state: Values): Values {
  return type.keepsOutputsInUpdate ? pick(state, type.outputs) : {};
}

/** Outputs of a resource that exists. */
export function outputsOf(type: ResourceType, inputs: Values, added: Values): Values {
  return { ...type.outputDefaults, ...mapValues(withoutNulls(inputs), spellOut), ...mark(type, added) };
}

function mark(type: ResourceType, added: Values): Values {
  return mapValues(added, (value, name) => (type.outputs[name]?.isSecret ? secret(value) : value));
}

/** The engine leaves out a source's empty parts; the official plugins' outputs have them. */
function spellOut(value: Value): Value {
  if (asAsset(value) !== undefined) return { path: "", text: "", uri: "", ...(value as Values) };
  return asArchive(value) === undefined ? value : { path: "", uri: "", ...(value as Values) };
}

function pick(values: Values, names: object): Values {
  return Object.fromEntries(Object.entries(values).filter(([name]) => Object.hasOwn(names, name)));
}
