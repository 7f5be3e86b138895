package commands

import (
	"context"

	"epev/security"
)

// DemoPassword is the password of the sandbox's accounts.
const DemoPassword = "Demo-Stage-2026"

// DemoAccounts are the accounts of the sandbox that its first screen tells, one a role.
var DemoAccounts = []struct{ Username, Role string }{
	{"manon.directrice", security.Management},
	{"colin.vendeur", "commercial"},
	{"sarah.soutien", "support"},
}

// SetUpDemo fills the sandbox.
func SetUpDemo(ctx context.Context, e *Env) error {
	_, err := e.Store.Migrate(ctx, Seed())
	return err
}
