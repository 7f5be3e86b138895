package commands

import (
	"context"
	"fmt"

	"epev/commands/sentences"
	"epev/data/backup"
	"epev/data/private"
	"epev/model"
)

func upgradeCommand() Command {
	return Define(Spec[struct{}]{Run: upgradeDatabase, Confirm: confirmUpgrade, Command: Command{
		Path: "db-upgrade", Help: "Bring the private database to a newer version of PostgreSQL; the old data is kept", Example: "db-upgrade --yes",
		Access: Anyone(), Apart: true, Host: true}})
}

// upgradePlan tells how the private database would come to a newer version.
func upgradePlan(ctx context.Context, e *Act) (private.Upgrade, error) {
	if e.Private == nil {
		return private.Upgrade{}, model.Errorf(model.Usage, "the database is an external one, whose version of PostgreSQL is its administrator's").
			WithHint("db-upgrade is for the private database, without DATABASE_URL and POSTGRES_*")
	}
	if err := outsideScripts(e, "db-upgrade"); err != nil {
		return private.Upgrade{}, err
	}
	return e.Private.Upgradable(ctx)
}

// confirmUpgrade asks before all shells lose their connection; where there is nothing to do it does not.
func confirmUpgrade(ctx context.Context, e *Act, _ struct{}) (string, error) {
	plan, err := upgradePlan(ctx, e)
	if err != nil || plan.To == plan.From {
		return "", err
	}
	from := "from the network"
	if plan.Programs != "" {
		from = "in " + model.Escape(plan.Programs)
	}
	question := fmt.Sprintf("The private database (%d MB) goes from PostgreSQL %d to %d (%s), and what other shells do with it ends. ",
		(plan.Bytes+1<<20-1)>>20, plan.From, plan.To, from)
	if backup.Usable(ctx, plan.To) != nil {
		question += fmt.Sprintf("This machine has no pg_dump for version %d, which db-backup needs from then on. ", plan.To)
	}
	return question + "Go on?", nil
}

// upgradeSteps are what a person is told of the steps that take long.
var upgradeSteps = map[private.Step]string{
	private.Making: "making a database of the newer version", private.Moving: "moving the data", private.Closing: "trying it, and putting it in place",
}

func upgradeDatabase(ctx context.Context, e *Act, _ struct{}) (Result, error) {
	plan, err := upgradePlan(ctx, e)
	if err != nil {
		return Result{}, err
	}
	if plan.To == plan.From {
		return Result{Message: fmt.Sprintf("The private database is of PostgreSQL %d, and this machine has none newer; nothing was changed.", plan.From)}, nil
	}
	show, end := func(float64) {}, func() {}
	moved, err := backup.Upgrade(ctx, e.Sessions.Store, e.Private, plan, func(step private.Step) {
		if told, is := upgradeSteps[step]; is {
			end()
			show, end = e.progress(told)
		}
	}, func(share float64) { show(share) })
	end()
	if err != nil {
		return Result{}, err
	}
	// The upgrade is done. Who gave up while it was put in its place is told so all the same.
	if err := backup.Usable(context.WithoutCancel(ctx), plan.To); err != nil {
		missing := sentences.Of(err)
		e.Tell(fmt.Sprintf("for db-backup, %s; %s", missing.Message, missing.Hint))
	}
	if plan.Settings {
		e.Tell(fmt.Sprintf("settings of your own, at the end of postgresql.conf or in postgresql.auto.conf of %s, were not taken along: copy what still holds",
			model.Escape(plan.Kept)))
	}
	e.Tell(fmt.Sprintf("the old data is kept in %s; when all is well, remove it: rm -r %[1]s", quote(plan.Kept)))
	return Result{
		Message: fmt.Sprintf("The private database is of PostgreSQL %d now, and holds what it held: %s.", plan.To, amounts(moved.Held)),
		Table: single("databases", []string{"from", "to", "databases", "rows", "tables", "rules", "kept"}, int64(plan.From), int64(plan.To), moved.Databases,
			moved.Held.Rows(), int64(len(moved.Held.Tables)), int64(len(moved.Held.Rules)), plan.Kept),
	}, nil
}
