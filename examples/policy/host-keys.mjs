import { isRemote } from "./sent.mjs";

/**
 * A connection without a host key logs in to whoever answers. lbpair never makes one; other remote commands of the
 * program may.
 *
 * @type {import("@pulumi/policy").ResourceValidationPolicy}
 */
export const hostKeys = {
  name: "host-key-pinned",
  description: "Every ssh connection, and every jump host on its way, is to a machine whose key is known.",
  enforcementLevel: "mandatory",
  validateResource: (resource, report) => {
    if (!isRemote(resource)) return;
    const { connection } = resource.props;
    for (const [path, hop] of [
      ["connection", connection],
      ["connection.proxy", connection?.proxy],
    ]) {
      if (hop !== undefined && hop !== null && !hop.hostKey)
        report(`${path}.hostKey: got nothing, want the machine's key`);
    }
  },
};
