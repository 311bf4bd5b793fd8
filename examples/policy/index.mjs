import { PolicyPack } from "@pulumi/policy";
import { backends } from "./backends.mjs";
import { credentials } from "./credentials.mjs";
import { hostKeys } from "./host-keys.mjs";
import { tls } from "./tls.mjs";

// What every load balancer of ours must have. Try it: pulumi preview --policy-pack examples/policy
//
// The policies look at what would be sent to the hosts, so they hold whatever language the program is written in, and
// for settings that are given raw, too.

new PolicyPack("lbpair", { policies: [hostKeys, tls, backends, credentials] });
