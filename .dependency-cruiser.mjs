// The import law of ARCHITECTURE.md. `npm run check` refuses what it forbids.

const daemons = ["proxy", "vrrp"];
const within = (daemon) => [
  {
    name: `${daemon}-wire-knows-only-itself`,
    comment: "wire: bytes <-> values, nothing else",
    severity: "error",
    from: { path: `^${daemon}/wire/` },
    to: { pathNot: `^${daemon}/wire/` },
  },
  {
    name: `${daemon}-core-knows-wire`,
    comment: "core: values -> values. From config it takes types only",
    severity: "error",
    from: { path: `^${daemon}/core/` },
    to: { pathNot: `^${daemon}/(core|wire)/`, dependencyTypesNot: ["type-only"] },
  },
  {
    name: `${daemon}-core-types-from-config-only`,
    severity: "error",
    from: { path: `^${daemon}/core/` },
    to: { pathNot: `^(${daemon}/(core|wire)|config)/` },
  },
  {
    name: `${daemon}-shell-stays-inside`,
    severity: "error",
    from: { path: `^${daemon}/` },
    to: { path: "^(components|provider|cli|lab|bench|test|examples|bootstrap)/" },
  },
  {
    name: `${daemon}-main-is-the-top`,
    comment: "only main.ts wires",
    severity: "error",
    from: { path: `^${daemon}/(wire|core|shell)/` },
    to: { path: `^${daemon}/main\\.ts$` },
  },
];

export default {
  forbidden: [
    ...daemons.flatMap(within),
    { name: "daemons-are-strangers", severity: "error", from: { path: "^proxy/" }, to: { path: "^vrrp/" } },
    { name: "daemons-are-strangers-too", severity: "error", from: { path: "^vrrp/" }, to: { path: "^proxy/" } },
    {
      name: "config-is-the-ground",
      severity: "error",
      from: { path: "^config/" },
      to: { path: "^(components|provider|proxy|vrrp|daemon|cli|lab|bench|test|examples|bootstrap)/" },
    },
    {
      name: "daemon-folder-serves-daemons",
      severity: "error",
      from: { path: "^daemon/" },
      to: { path: "^(components|provider|proxy|vrrp|cli|lab|bench|test|examples|bootstrap)/" },
    },
    {
      name: "render-is-pure",
      severity: "error",
      from: { path: "^components/render/" },
      to: { pathNot: "^(components/render|config|node_modules/zod)/" },
    },
    {
      name: "components-never-import-a-daemon",
      severity: "error",
      from: { path: "^(components|provider)/" },
      to: { path: "^(proxy|vrrp|daemon|cli|lab|bench|test|examples|bootstrap)/" },
    },
    {
      name: "remote-alone-uses-command",
      severity: "error",
      from: { pathNot: "^(components/remote|test|lab)/" },
      to: { path: "@pulumi/command" },
    },
    {
      name: "the-product-never-needs-the-lab",
      severity: "error",
      from: { path: "^(config|components|provider|proxy|vrrp|daemon|cli)/" },
      to: { path: "^(lab|bench|test|bootstrap)/" },
    },
    {
      name: "no-cycles",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    { name: "no-unresolved", severity: "error", from: {}, to: { couldNotResolve: true, pathNot: "^bun:" } },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(dist|node_modules|\\.cache)/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
      extensions: [".ts", ".mjs", ".js", ".json"],
    },
  },
};
