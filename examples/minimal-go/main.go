// The least that makes a highly available https address.
package main

import (
	"example.com/pulumi-lbpair/sdk/go/lbpair"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		settings := config.New(ctx, "")
		privateKey := settings.RequireSecret("privateKey")
		host := func(name, address string) lbpair.HostArgs {
			return lbpair.HostArgs{Connection: lbpair.ConnectionArgs{
				Host:       pulumi.String(address),
				PrivateKey: privateKey,
				HostKey:    pulumi.String(settings.Require(name + "HostKey")),
			}}
		}

		edge, err := lbpair.NewLoadBalancerPair(ctx, "edge", &lbpair.LoadBalancerPairArgs{
			Hostname:       pulumi.String(settings.Require("hostname")),
			VirtualAddress: pulumi.String(settings.Require("virtualAddress")),
			Hosts: lbpair.HostMap{
				"lb1": host("lb1", "203.0.113.11"),
				"lb2": host("lb2", "203.0.113.12"),
			},
		})
		if err != nil {
			return err
		}

		shop, err := lbpair.NewProxiedApp(ctx, "shop", &lbpair.ProxiedAppArgs{
			LoadBalancer: edge.Handle,
			Path:         pulumi.String("/shop/"),
			Backends: lbpair.BackendMap{
				"web7": lbpair.BackendArgs{Address: pulumi.String("203.0.113.27:80")},
				"web8": lbpair.BackendArgs{Address: pulumi.String("203.0.113.28:80")},
			},
		})
		if err != nil {
			return err
		}

		ctx.Export("url", shop.Url)
		ctx.Export("caCertificate", edge.CaCertificatePem)
		return nil
	})
}
