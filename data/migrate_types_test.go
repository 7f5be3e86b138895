package data_test

import (
	"strings"
	"testing"

	"epev/commands/sentences"
	"epev/data"
	"epev/model"
)

// SPEC 6: every column may also come as a wider type of the same kind, and is taken as it is.
func TestHarmlessTypesAreTakenAsTheyAre(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]string{
		"text for varchar": `role ALTER name TYPE text; permission ALTER name TYPE text; users ALTER username TYPE text, ALTER full_name TYPE text, ALTER email TYPE text, ALTER password_hash TYPE text;
			company ALTER name TYPE text; client ALTER full_name TYPE text, ALTER email TYPE text, ALTER phone TYPE text; event ALTER title TYPE text, ALTER full_address TYPE text`,
		"varchar without a length": `users ALTER username TYPE varchar; client ALTER full_name TYPE varchar; event ALTER notes TYPE varchar`,
		"other lengths":            `users ALTER username TYPE varchar(20), ALTER full_name TYPE varchar(500); event ALTER notes TYPE varchar(4000)`,
		"text[] for varchar[]":     `role ALTER permissions TYPE text[]`,
		"varchar(64)[]":            `role ALTER permissions TYPE varchar(64)[]`,
		"bigint for integer": `role ALTER id TYPE bigint; permission ALTER id TYPE bigint; role_permission ALTER role_id TYPE bigint, ALTER permission_id TYPE bigint;
			users ALTER id TYPE bigint, ALTER role_id TYPE bigint; company ALTER id TYPE bigint; client ALTER id TYPE bigint, ALTER company_id TYPE bigint, ALTER commercial_id TYPE bigint;
			contract ALTER id TYPE bigint, ALTER client_id TYPE bigint, ALTER commercial_id TYPE bigint; event ALTER id TYPE bigint, ALTER contract_id TYPE bigint, ALTER support_contact_id TYPE bigint, ALTER participant_count TYPE bigint`,
		"smallint for integer":    `event ALTER participant_count TYPE smallint`,
		"other numerics":          `contract ALTER total_amount TYPE numeric, ALTER remaining_amount TYPE numeric(20, 4)`,
		"times of other widths":   `event ALTER start_date TYPE timestamptz(0), ALTER end_date TYPE timestamptz(3)`,
		"no defaults, other null": `company ALTER name DROP NOT NULL, ALTER created_at DROP NOT NULL; client ALTER email DROP NOT NULL`,
		"optional columns absent": `client DROP last_contact_date, DROP phone; event DROP notes; users DROP last_login, DROP is_active`,
		"more columns":            `client ADD siret varchar(14); event ADD place_id integer`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := predecessor(t, "predecessor.sql")
			for _, statement := range strings.Split(change, ";") {
				run(t, db, "ALTER TABLE epic_events."+strings.TrimSpace(statement))
			}
			types := `SELECT c.relname, attname, format_type(atttypid, atttypmod) FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
				WHERE relnamespace = 'epic_events'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped AND attname NOT IN ('version', 'signed_on')
					AND c.relname IN ('role', 'permission', 'role_permission', 'company', 'contract') ORDER BY 1, 2`
			before := rows(t, db, types)
			mustMigrate(t, db)
			check(t, "types", rows(t, db, types), before)
			run(t, db, `UPDATE epic_events.client SET full_name = 'Kevin C.' WHERE id = 1;
				INSERT INTO epic_events.role_permission SELECT 13, id FROM epic_events.permission WHERE name = 'user:list';
				UPDATE epic_events.event SET title = 'Mariage' WHERE id = 1`)
			check(t, "mirror", one(t, db, `SELECT permissions FROM epic_events.role WHERE id = 13`), "{user:list}")
			mustMigrate(t, db)
			// Every statement means something on these types.
			db.SetMaxOpenConns(1)
			run(t, db, `SET search_path = epic_events, pg_catalog; BEGIN`)
			all := statements(t)
			// Those of the sandbox are run on epev's own types alone. What others copy into is there.
			for path, text := range all {
				if strings.HasPrefix(path, "arriving/stage_") {
					run(t, db, text)
				}
			}
			for path, text := range all {
				if noun, _, _ := strings.Cut(path, "/"); noun == "schema" || noun == "database" || noun == "transaction" || noun == "sample" {
					continue
				}
				statement, err := db.Prepare(text)
				if err != nil {
					t.Fatalf("%s: %v", path, err) // which ends the transaction
				}
				statement.Close()
			}
		})
	}
}

// A type of another kind is named in one sentence, and nothing is changed.
func TestTypesOfAnotherKindAreNamed(t *testing.T) {
	t.Parallel()
	for change, says := range map[string]string{
		`contract ALTER total_amount TYPE double precision`:                              "contract.total_amount is double precision, and must be numeric with two decimals or more",
		`contract ALTER total_amount TYPE numeric(12, 0)`:                                "contract.total_amount is numeric(12,0), and must be numeric with two decimals or more",
		`event ALTER start_date TYPE timestamp`:                                          "event.start_date is timestamp without time zone, and must be timestamp with time zone",
		`client ALTER first_contact_date TYPE date`:                                      "client.first_contact_date is date, and must be timestamp with time zone",
		`client ALTER full_name TYPE char(64)`:                                           "client.full_name is character(64), and must be text or varchar",
		`role ALTER permissions TYPE jsonb USING to_jsonb(permissions)`:                  "role.permissions is jsonb, and must be an array of text or varchar",
		`contract ALTER is_signed TYPE integer USING is_signed::integer`:                 "contract.is_signed is integer, and must be boolean",
		`event DROP CONSTRAINT event_dates_check, ALTER participant_count TYPE text`:     "event.participant_count is text, and must be a whole number",
		`event DROP full_address`:                                                        "event has no column full_address",
		`company DROP CONSTRAINT pk_company CASCADE`:                                     "company has no primary key on its id",
		`company RENAME TO companies; CREATE VIEW epic_events.company AS SELECT 1 AS id`: "company is no table",
		`event ALTER title TYPE bytea USING title::bytea, ALTER end_date TYPE date`:      "event.end_date is date, and must be timestamp with time zone; event.title is bytea, and must be text or varchar",
	} {
		t.Run(change, func(t *testing.T) {
			t.Parallel()
			db := predecessor(t, "predecessor.sql")
			run(t, db, "SET search_path = epic_events; ALTER TABLE "+change+"; RESET search_path")
			before := structure(t, db)
			_, err := data.Migrate(t.Context(), db, seed)
			e := sentences.Of(err)
			if e.Kind != model.Unavailable || !strings.HasSuffix(e.Message, ": "+says) {
				t.Errorf("refused with %v, want %s", err, says)
			}
			check(t, "schema", structure(t, db), before)
		})
	}
}
