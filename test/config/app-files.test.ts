import assert from "node:assert/strict";
import { test } from "node:test";
import { fieldOf, renderGroup, splitApps } from "../../config/app-files.ts";
import { formatProblem } from "../../config/problems.ts";

const SHOPS = "apps.d/shops.apps.jsonl";
const BLOG = '{"app":"blog","path":"/blog/"}\n{"backend":"web1","address":"203.0.113.21:80"}\n';
const SHOP = '{"app":"shop","path":"/shop/"}\n{"check":{"rise":3}}\n{"backend":"web1","address":"203.0.113.22:80"}\n';
const TEXT = [
  '{"apps":"shops"}',
  '{"app":"blog","path":"/blog/"}',
  '{"app":"blog","backend":"web1","address":"203.0.113.21:80"}',
  '{"app":"shop","path":"/shop/"}',
  '{"app":"shop","check":{"rise":3}}',
  '{"app":"shop","backend":"web1","address":"203.0.113.22:80"}',
  "",
].join("\n");

test("a group's text is the lines of its apps, by name, each with the app's name in front", () => {
  const texts = new Map([
    ["shop", SHOP],
    ["blog", BLOG],
  ]);
  assert.equal(renderGroup("shops", texts), TEXT);
});

test("a group's text gives back each app's own document, and the same text again", () => {
  const split = splitApps(SHOPS, TEXT);
  assert.ok(split.ok);
  assert.deepEqual(
    [...split.value],
    [
      ["blog", BLOG],
      ["shop", SHOP],
    ],
  );
  assert.equal(renderGroup("shops", split.value), TEXT);
});

test("a group may be without apps, and not without its head", () => {
  const problems = (text: string) => {
    const split = splitApps(SHOPS, text);
    return split.ok ? [...split.value] : split.problems.map((problem) => formatProblem(SHOPS, problem));
  };
  assert.equal(renderGroup("shops", new Map()), '{"apps":"shops"}\n');
  assert.deepEqual(problems('{"apps":"shops"}\n'), []);
  assert.deepEqual(problems("\n"), [`${SHOPS}: got nothing, want {"apps":"shops"}`]);
  assert.deepEqual(problems(BLOG), [
    `${SHOPS}: line 1: got {"app":"blog","path":"/blog/"}, want {"apps":"shops"}`,
    `${SHOPS}: line 2.app: got nothing, want the name of an app`,
  ]);
  assert.deepEqual(problems('{"apps":"others"}\n{"app":"a b"}\nx\n'), [
    `${SHOPS}: line 1: got {"apps":"others"}, want {"apps":"shops"}`,
    `${SHOPS}: line 2.app: got "a b", want the name of an app`,
    `${SHOPS}: line 3: got "x", want a JSON object`,
  ]);
});

test("the file of one app holds that one, whatever stands in it", () => {
  const split = splitApps("apps.d/blog.jsonl", BLOG);
  assert.deepEqual(split, { ok: true, value: new Map([["blog", BLOG]]) });
});

test("a field is named as the file has it", () => {
  assert.equal(fieldOf(SHOPS, "shop", "check.rise"), "apps.shop.check.rise");
  assert.equal(fieldOf("apps.d/shop.jsonl", "shop", "check.rise"), "check.rise");
});
