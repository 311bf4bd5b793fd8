import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { ComponentProvider } from "../../../provider/component-provider.ts";

/** What the engine is told when it asks the provider for a component with wrong inputs. */
export async function problemsOf(
  type: string,
  name: string,
  inputs: pulumi.Inputs,
): Promise<pulumi.InputPropertiesError> {
  const provider = new ComponentProvider("0.0.0", "{}");
  const error = await provider.construct(name, type, inputs, {}).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(pulumi.InputPropertiesError.isInstance(error));
  return error;
}
