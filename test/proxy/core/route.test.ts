import assert from "node:assert/strict";
import { test } from "node:test";
import { buildRouter, type Route, selectRoute } from "../../../proxy/core/route.ts";
import { appOf } from "../lib/core-values.ts";

const router = buildRouter(
  [
    appOf("/app1/"),
    appOf("/team/", { app: "team" }),
    appOf("/team/blog/", { app: "blog" }),
    appOf("/app1/", { app: "other", hostnames: ["other.example"] }),
    appOf("/", { app: "wild", hostnames: ["*.wild.example"] }),
    appOf("/deep/", { app: "deepwild", hostnames: ["*.b.wild.example"] }),
  ],
  undefined,
);

function show(route: Route): string {
  if (route.kind === "app") return route.app.name;
  return route.kind === "toSlash" ? `-> ${route.location}` : "none";
}

const rows: readonly (readonly [string, string, string])[] = [
  ["example.com", "/app1/", "app1"],
  ["example.com", "/app1/x/y", "app1"],
  ["example.com", "/app1", "-> /app1/"],
  ["example.com", "/app10/", "none"],
  ["example.com", "/xapp1/", "none"],
  ["example.com", "/App1/", "none"],
  ["example.com", "/x/app1/", "none"],
  ["example.com", "/", "none"],
  ["example.com", "/team/x", "team"],
  ["example.com", "/team/blog/x", "blog"],
  ["example.com", "/team/blog", "-> /team/blog/"],
  ["example.com", "/team", "-> /team/"],
  ["example.com", "/team/blogs", "team"],
  ["other.example", "/app1/", "other"],
  ["OTHER.example:8443", "/app1/", "other"],
  ["other.example.", "/app1/", "other"],
  ["a.wild.example.:8443", "/app1/", "wild"],
  [".", "/app1/", "app1"],
  ["other.example", "/team/", "team"],
  ["a.wild.example", "/app1/", "wild"],
  ["a.b.wild.example", "/deep/", "deepwild"],
  ["a.b.wild.example", "/x", "wild"],
  ["wild.example", "/x", "none"],
  ["", "/app1/", "app1"],
];

for (const [host, path, expected] of rows) {
  test(`${host}${path} goes to ${expected}`, () => {
    assert.equal(show(selectRoute(router, host, path)), expected);
  });
}

test("the default app answers where no path matches, and keeps the path", () => {
  const withDefault = buildRouter([appOf("/app1/"), appOf("/app2/")], "app2");
  const route = selectRoute(withDefault, "example.com", "/x");
  assert.equal(route.kind === "app" && route.app.name, "app2");
  assert.equal(route.kind === "app" && route.isPrefixed, false);
});

test("a request is looked up as often as prefixes are deep, however many apps there are", () => {
  const apps = Array.from({ length: 2_000 }, (_, index) => appOf(`/app${index}/`));
  const many = buildRouter(apps, undefined);
  let lookUps = 0;
  const get = many.any.byPrefix.get.bind(many.any.byPrefix);
  many.any.byPrefix.get = (key) => {
    lookUps++;
    return get(key);
  };
  assert.equal(show(selectRoute(many, "example.com", "/app1999/a/b/c/d/e")), "app1999");
  assert.equal(lookUps, 2);
});
