import type { Provider } from "./provider.ts";
import type { Shape, Type } from "./shape.ts";

type Json = { [key: string]: unknown };

/** Package schema of a provider, which YAML programs and `pulumi package get-schema` read. */
export function renderSchema(provider: Provider): Json {
  const types: Json = {};
  const property = propertyIn(provider.name, types);
  const properties = (shape: Shape) =>
    Object.fromEntries(Object.entries(shape).map(([name, field]) => [name, property(field)]));
  const resources = Object.entries(provider.resources).map(([token, type]) => {
    const outputs: Shape = { ...type.inputs, ...type.outputs };
    return [
      token,
      {
        inputProperties: properties(type.inputs),
        requiredInputs: requiredOf(type.inputs),
        properties: properties(outputs),
        required: [...requiredOf(type.inputs), ...alwaysGiven(type.outputs)],
      },
    ];
  });
  const functions = Object.entries(provider.functions).map(([token, type]) => [
    token,
    {
      inputs: { properties: properties(type.inputs), required: requiredOf(type.inputs) },
      outputs: { properties: properties({ ...type.inputs, ...type.outputs }), required: alwaysGiven(type.outputs) },
    },
  ]);
  return {
    name: provider.name,
    version: provider.version,
    description: `Offline stand-in for the ${provider.name} package`,
    language: {},
    config: {},
    provider: { inputProperties: properties(provider.config) },
    resources: Object.fromEntries(resources),
    functions: Object.fromEntries(functions),
    types,
  };
}

function requiredOf(shape: Shape): string[] {
  return Object.keys(shape).filter((name) => shape[name]?.isRequired);
}

/** An output of any type is one that only some inputs bring. */
function alwaysGiven(outputs: Shape): string[] {
  return Object.keys(outputs).filter((name) => outputs[name]?.type.kind !== "any");
}

/** Turns a field into a property; the object types that it meets are added to `types`. */
function propertyIn(packageName: string, types: Json) {
  const property = (field: Shape[string]): Json => ({
    ...typeOf(field.type),
    ...(field.default === undefined ? {} : { default: field.default }),
    ...(field.isSecret ? { secret: true } : {}),
    ...(field.isReplacedOnChange ? { replaceOnChanges: true } : {}),
    ...(field.description === undefined ? {} : { description: field.description }),
  });
  const typeOf = (type: Type): Json => {
    switch (type.kind) {
      case "string":
      case "number":
      case "integer":
      case "boolean":
        return { type: type.kind };
      case "any":
        return { $ref: "pulumi.json#/Any" };
      case "source":
        return { $ref: "pulumi.json#/Asset" };
      case "list":
        return { type: "array", items: typeOf(type.items) };
      case "map":
        return { type: "object", additionalProperties: typeOf(type.values) };
      case "object":
        return objectType(type.name, type.fields);
    }
  };
  const objectType = (name: string, fields: Shape): Json => {
    const token = `${packageName}:${name}`;
    types[token] ??= {
      type: "object",
      properties: Object.fromEntries(Object.entries(fields).map(([key, field]) => [key, property(field)])),
      required: requiredOf(fields),
    };
    return { $ref: `#/types/${token}` };
  };
  return property;
}
