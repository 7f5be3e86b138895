package data_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/idna"

	"epev/data/testdb"
	"epev/model"
)

// The database compares addresses as model.Email.Key does, in one form of the two that a domain has.
func TestMailboxIsKnownInEachForm(t *testing.T) {
	t.Parallel()
	db := connect(t, testdb.New(t))
	domains := []string{
		"example.fr", "CAFÉ.fr", "münchen.de", "bücher.example.com", "xn--caf-dma.fr", "ağaç.com.tr", "mañana.com", "ÄÖÜ.at", "faß.de", "łódź.pl",
		"例え.テスト", "公司.香港", "domaine-très-long-à-écrire.fr", "डाटा.भारत", "ελλάδα.gr", "пример.испытание", "한국.kr", "القاهرة.مصر", "nguyễn.vn", "a-é.b-à.fr", "😀.example",
	}
	for _, domain := range domains {
		ascii, err := idna.Lookup.ToASCII(strings.ToLower(domain))
		if err != nil {
			ascii, err = idna.ToASCII(domain)
		}
		if err != nil {
			t.Fatalf("%s: %v", domain, err)
		}
		want := one(t, db, `SELECT epic_events.mailbox($1)`, "anna@"+domain)
		for _, form := range []string{ascii, strings.ToUpper(ascii), strings.ToUpper(domain)} {
			if strings.ContainsRune(domain, 'ß') && form == strings.ToUpper(domain) {
				continue // there is no upper case of it that is used
			}
			if got := one(t, db, `SELECT epic_events.mailbox($1)`, " Anna@"+form); got != want {
				t.Errorf("%s and %s are two mailboxes: %s, %s", domain, form, want, got)
			}
		}
		unicode, err := idna.ToUnicode(ascii)
		if err != nil || want != "anna@"+unicode {
			t.Errorf("%s is %s, and to idna %s, %v", domain, want, unicode, err)
		}
	}
	for _, nonsense := range []string{"xn--", "xn--zzzzzzzzz99999", "xn--é", "XN--999999999999999999999999", "-", "", "xn---"} {
		want := "a@" + strings.ToLower(nonsense) + ".fr"
		if got := one(t, db, `SELECT epic_events.mailbox($1)`, "a@"+nonsense+".fr"); got != want && nonsense != "xn--" && nonsense != "xn---" {
			t.Errorf("%s is %s", want, got)
		}
	}
	for _, pair := range [][2]model.Email{{"anna@café.fr", "anna@cafe.fr"}, {"anna@a.fr", "anna@b.fr"}, {"éa@a.fr", "ea@a.fr"}} {
		if one(t, db, `SELECT epic_events.mailbox($1) = epic_events.mailbox($2)`, pair[0], pair[1]) != "false" || pair[0].Key() == pair[1].Key() {
			t.Errorf("%s and %s are one mailbox", pair[0], pair[1])
		}
	}
}

func TestNameIsKnownWhateverItsCaseAccentsAndBlanks(t *testing.T) {
	t.Parallel()
	db := connect(t, testdb.New(t))
	for _, same := range [][]string{
		{"Société Générale d'Horlogerie", "SOCIETE  GENERALE D'HORLOGERIE", "société\u00a0générale\u202fd'horlogerie", " Société Générale d'Horlogerie\u3000", "Soci\u200béte\u0301 Générale d'Horlogerie\ufeff"},
		{"Müller & Søn", "muller & son", "MU\u0308LLER &\tSØN"},
		{"Acme\u3164", "ACME", "A\u00adcme", "acme\ufe0f\u2800"},
	} {
		for _, name := range same {
			if got, want := one(t, db, `SELECT epic_events.same_name($1)`, name), one(t, db, `SELECT epic_events.same_name($1)`, same[0]); got != want {
				t.Errorf("%q is %q, and %q is %q", name, got, same[0], want)
			}
		}
	}
	for _, pair := range [][2]string{{"Studio2", "Studio²"}, {"Jean-Luc", "Jean Luc"}, {"Acme SA", "AcmeSA"}} {
		if one(t, db, `SELECT epic_events.same_name($1) = epic_events.same_name($2)`, pair[0], pair[1]) != "false" {
			t.Errorf("%q and %q are one name", pair[0], pair[1])
		}
	}
}

// What is taken is given back, and can be had again.
func TestTakenOnce(t *testing.T) {
	t.Parallel()
	db := connect(t, testdb.New(t))
	run(t, db, `INSERT INTO epic_events.company (id, name) VALUES (1, 'Café Noir')`)
	const another = `INSERT INTO epic_events.company (id, name) VALUES (2, $1)`
	check(t, "rule", refused(t, db, another, "CAFE\u00a0NOIR").Constraint, "company_name_taken")
	check(t, "rule", refused(t, db, another, "Café Noir").Constraint, "company_name_key")
	run(t, db, `UPDATE epic_events.company SET name = 'café  noir' WHERE id = 1`)
	check(t, "rule", refused(t, db, another, "Cafe Noir").Constraint, "company_name_taken")
	run(t, db, `UPDATE epic_events.company SET name = 'Thé Vert' WHERE id = 1`)
	run(t, db, another, "Cafe Noir")
	run(t, db, `DELETE FROM epic_events.company WHERE id = 2`)
	run(t, db, another, "Café Noir")
	run(t, db, `BEGIN; DELETE FROM epic_events.company WHERE id = 2; ROLLBACK`)
	check(t, "rule", refused(t, db, `UPDATE epic_events.company SET name = 'CAFÉ NOIR' WHERE id = 1`).Constraint, "company_name_taken")
	run(t, db, `ALTER TABLE epic_events.payment DISABLE TRIGGER refuse_repayment; TRUNCATE epic_events.company CASCADE`)
	check(t, "taken", rows(t, db, `SELECT rule, key, holders FROM epic_events.taken WHERE rule IN ('company_name_taken', 'client_email_taken')`), []string(nil))
}

// However many take the same at the same moment, one gets it.
func TestTakenByOneOfMany(t *testing.T) {
	t.Parallel()
	db := connect(t, testdb.New(t))
	writings := []string{"Élan", "elan", "ELAN", "Elan ", "É\u200blan", "e\u0301lan", "\u00a0élan", "eLan"}
	var all sync.WaitGroup
	for round := range 5 {
		var mu sync.Mutex
		made := 0
		for _, name := range writings {
			all.Go(func() {
				if _, err := db.Exec(`INSERT INTO epic_events.company (name) VALUES ($1)`, name); err == nil {
					mu.Lock()
					made++
					mu.Unlock()
				}
			})
		}
		all.Wait()
		if made != 1 {
			t.Errorf("round %d: %d companies were made", round, made)
		}
		// All give it back at once as well.
		for range 4 {
			all.Go(func() { db.Exec(`DELETE FROM epic_events.company`) })
		}
		all.Wait()
		check(t, "taken", rows(t, db, `SELECT key, holders FROM epic_events.taken WHERE rule = 'company_name_taken'`), []string(nil))
	}
}

// SPEC 4: where a database holds two such rows already both stay and work, db-create tells them, and no third is let in.
func TestTakenByTwoBefore(t *testing.T) {
	t.Parallel()
	db := connect(t, testdb.New(t))
	run(t, db, `
		ALTER TABLE epic_events.company DISABLE TRIGGER take_name;
		ALTER TABLE epic_events.client DISABLE TRIGGER take_email;
		ALTER TABLE epic_events.users DISABLE TRIGGER take_username;
		INSERT INTO epic_events.users (id, username, full_name, email, password_hash, role_id) VALUES
			(1, 'Zoé', 'Z', 'z@example.fr', 'x', 2), (2, 'zoe', 'Z', 'z2@example.fr', 'x', 2);
		INSERT INTO epic_events.company (id, name) VALUES (1, 'Élan'), (2, 'elan'), (3, 'Other');
		INSERT INTO epic_events.client (id, full_name, email, commercial_id, first_contact_date) VALUES
			(1, 'A', 'a@café.fr', 1, now()), (2, 'B', 'A@xn--caf-dma.fr', 1, now()), (3, 'C', 'c@example.fr', 1, now());
		DELETE FROM epic_events.taken;
		ALTER TABLE epic_events.company ENABLE TRIGGER take_name;
		ALTER TABLE epic_events.client ENABLE TRIGGER take_email;
		ALTER TABLE epic_events.users ENABLE TRIGGER take_username;
		DELETE FROM epic_events.schema_version WHERE version_id >= 9`)
	mustMigrate(t, db)
	warnings := toldOf(mustMigrate(t, db).Warnings)
	check(t, "warnings", warnings, []string{
		`users who share a username, whatever its case, accents and blanks: 2 (id 1, 2); they work on as they are, and no other is let in, with "user update ID --username NAME"`,
		`companies that share a name, whatever its case, accents and blanks: 2 (id 1, 2); they work on as they are, and no other is let in, with "company update ID --name NAME"`,
		`clients who share a mailbox, however it is written: 2 (id 1, 2); they work on as they are, and no other is let in, with "client update ID --email ADDRESS"`,
	})
	for _, allowed := range []string{
		`UPDATE epic_events.company SET name = 'ELAN' WHERE id = 2`,
		`UPDATE epic_events.company SET updated_at = now() WHERE id = 1`,
		`UPDATE epic_events.client SET email = 'a@CAFÉ.fr', full_name = 'AA' WHERE id = 1`,
		`UPDATE epic_events.users SET full_name = 'ZZ', username = 'Zoe' WHERE id = 2`,
	} {
		run(t, db, allowed)
	}
	for _, third := range []string{
		`UPDATE epic_events.company SET name = 'ÉLAN' WHERE id = 3`,
		`INSERT INTO epic_events.company (id, name) VALUES (9, 'éLan')`,
		`UPDATE epic_events.client SET email = 'a@Café.fr' WHERE id = 3`,
	} {
		if rule := refused(t, db, third).Constraint; !strings.HasSuffix(rule, "_taken") && rule != "client_email_lower_key" {
			t.Errorf("%s is refused by %s", third, rule)
		}
	}
	// One leaves: it is the other's still. Both leave: it is free.
	run(t, db, `UPDATE epic_events.company SET name = 'Essor' WHERE id = 1`)
	check(t, "rule", refused(t, db, `UPDATE epic_events.company SET name = 'Elan' WHERE id = 1`).Constraint, "company_name_taken")
	run(t, db, `DELETE FROM epic_events.company WHERE id = 2; UPDATE epic_events.company SET name = 'Elan' WHERE id = 1`)
	run(t, db, `DELETE FROM epic_events.client WHERE id = 1; DELETE FROM epic_events.client WHERE id = 2`)
	run(t, db, `UPDATE epic_events.client SET email = 'a@café.fr' WHERE id = 3`)
	check(t, "warnings", fmt.Sprint(len(mustMigrate(t, db).Warnings)), "1")
}
