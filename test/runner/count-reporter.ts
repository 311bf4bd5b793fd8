import type { EventData } from "node:test";

/** What of the runner's events is looked at here. */
type Event =
  | { readonly type: "test:pass"; readonly data: EventData.TestPass }
  | { readonly type: "test:fail"; readonly data: EventData.TestFail }
  | { readonly type: "other" };

/** A reporter of Node's test runner that writes one line of JSON: how many tests passed, failed, were skipped. */
async function* countTests(events: AsyncIterable<Event>): AsyncGenerator<string> {
  let [passed, failed, skipped] = [0, 0, 0];
  for await (const event of events) {
    if (event.type !== "test:pass" && event.type !== "test:fail") continue;
    // A suite's result repeats its tests'.
    if (event.data.details.type === "suite") continue;
    if (event.data.skip !== undefined || event.data.todo !== undefined) skipped += 1;
    else if (event.type === "test:pass") passed += 1;
    else failed += 1;
  }
  yield `${JSON.stringify({ passed, failed, skipped })}\n`;
}

// biome-ignore lint/style/noDefaultExport: Node's runner loads a reporter by its default export
export default countTests;
