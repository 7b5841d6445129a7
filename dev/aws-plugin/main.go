// Command aws serves Vault's AWS secrets engine as a plugin, for servers that come without it.
//
// OpenBao has no AWS engine of its own. This is the engine of Vault 1.14.8, the last release under
// the MPL 2.0, unchanged: the demo and the tests run against what Vault itself does.
// It predates session_tags and external_id, and silently drops both.
package main

import (
	"log"
	"os"

	"github.com/hashicorp/vault/api"
	"github.com/hashicorp/vault/builtin/logical/aws"
	"github.com/hashicorp/vault/sdk/plugin"
)

func main() {
	meta := &api.PluginAPIClientMeta{}
	if err := meta.FlagSet().Parse(os.Args[1:]); err != nil {
		log.Fatal(err)
	}
	err := plugin.ServeMultiplex(&plugin.ServeOpts{
		BackendFactoryFunc: aws.Factory,
		TLSProviderFunc:    api.VaultPluginTLSProvider(meta.GetTLSConfig()),
	})
	if err != nil {
		log.Fatal(err)
	}
}
