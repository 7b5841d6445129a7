// Command vault is HashiCorp Vault 1.21.1, built from its Go module for the demo and the tests.
//
// HashiCorp's own build enables the AWS secrets engine only together with every other engine, which is many times
// as much to compile. This one is built with the tag `minimal`, and `server` adds the AWS engine. All other
// subcommands are unchanged.
//
// Vault 1.15 and newer is under the Business Source License 1.1: build this on the machine that runs the tests,
// and do not distribute it.
package main

import (
	"os"

	"github.com/hashicorp/cli"
	kv "github.com/hashicorp/vault-plugin-secrets-kv"
	"github.com/hashicorp/vault/audit"
	"github.com/hashicorp/vault/builtin/logical/aws"
	"github.com/hashicorp/vault/builtin/plugin"
	"github.com/hashicorp/vault/command"
	"github.com/hashicorp/vault/physical/raft"
	"github.com/hashicorp/vault/sdk/logical"
	"github.com/hashicorp/vault/sdk/physical"
	"github.com/hashicorp/vault/sdk/physical/inmem"
)

func main() {
	if len(os.Args) < 2 || os.Args[1] != "server" {
		os.Exit(command.Run(os.Args[1:]))
	}
	server := command.ServerCommand{
		BaseCommand:   &command.BaseCommand{UI: &cli.BasicUi{Writer: os.Stdout, ErrorWriter: os.Stderr}},
		AuditBackends: map[string]audit.Factory{"file": audit.NewFileBackend},
		// `plugin` starts the engines that are compiled in, such as the auth method `jwt`.
		CredentialBackends: map[string]logical.Factory{"plugin": plugin.Factory},
		LogicalBackends:    map[string]logical.Factory{"plugin": plugin.Factory, "kv": kv.Factory, "aws": aws.Factory},
		PhysicalBackends: map[string]physical.Factory{
			"inmem":                  inmem.NewInmem,
			"inmem_ha":               inmem.NewInmemHA,
			"inmem_transactional":    inmem.NewTransactionalInmem,
			"inmem_transactional_ha": inmem.NewTransactionalInmemHA,
			"raft":                   raft.NewRaftBackend,
		},
		ShutdownCh: command.MakeShutdownCh(),
		SighupCh:   command.MakeSighupCh(),
		SigUSR2Ch:  command.MakeSigUSR2Ch(),
	}
	os.Exit(server.Run(os.Args[2:]))
}
