"""The least that makes a highly available https address."""

import pulumi
import pulumi_lbpair as lbpair

config = pulumi.Config()
private_key = config.require_secret("privateKey")


def host(name: str, address: str) -> lbpair.HostArgs:
    return lbpair.HostArgs(
        connection=lbpair.ConnectionArgs(
            host=address, private_key=private_key, host_key=config.require(f"{name}HostKey")
        )
    )


edge = lbpair.LoadBalancerPair(
    "edge",
    hostname=config.require("hostname"),
    virtual_address=config.require("virtualAddress"),
    hosts={"lb1": host("lb1", "203.0.113.11"), "lb2": host("lb2", "203.0.113.12")},
)

shop = lbpair.ProxiedApp(
    "shop",
    load_balancer=edge.handle,
    path="/shop/",
    backends={
        "web7": lbpair.BackendArgs(address="203.0.113.27:80"),
        "web8": lbpair.BackendArgs(address="203.0.113.28:80"),
    },
)

pulumi.export("url", shop.url)
pulumi.export("caCertificate", edge.ca_certificate_pem)
