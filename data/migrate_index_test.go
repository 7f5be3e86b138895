package data_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/lib/pq"
	"golang.org/x/text/unicode/norm"

	"epev/data/testdb"
	"epev/model"
)

// The fold of the database, by which it finds, is that of model.Fold, by which epev asks.
func TestFold(t *testing.T) {
	t.Parallel()
	db := connect(t, testdb.New(t))
	var texts []string
	for c := rune(1); c <= unicode.MaxRune; c++ {
		// What one of the two Unicode versions does not know yet may differ.
		if utf8.ValidRune(c) && (unicode.IsLetter(c) || unicode.IsMark(c) || unicode.IsPunct(c) || unicode.IsSymbol(c) || unicode.IsControl(c)) {
			texts = append(texts, string(c))
		}
	}
	texts = append(texts, "", "plain ASCII", "Œuvre d'Élan", "STRASSE Straße", "İstanbul IĞDIR ılık", "ΟΔΟΣ οδός", "Ærø Łódź Đorđe Þór",
		"ﬀ ﬁ ﬂ ﬃ ﬄ ﬅ ﬆ Ĳ", "e\u0301\u0327 É", "Новый Ёж", "日本 ガ", "हिन्दी", "한국", "שָׁלוֹם", "مُحَمَّد")
	random := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		var b strings.Builder
		for range random.IntN(8) {
			b.WriteString(texts[random.IntN(len(texts))])
		}
		texts = append(texts, b.String())
	}
	run(t, db, `CREATE TABLE texts (n int, s text)`)
	for chunk := 0; chunk < len(texts); chunk += 20000 {
		part := texts[chunk:min(chunk+20000, len(texts))]
		run(t, db, `INSERT INTO texts SELECT $1 + o - 1, s FROM unnest($2::text[]) WITH ORDINALITY AS u (s, o)`, chunk, pq.Array(part))
	}
	folded := rows(t, db, `SELECT epic_events.fold(s) FROM texts ORDER BY n`)
	wrong := 0
	for i, s := range texts {
		if want := model.Fold(s); folded[i] != want {
			if wrong++; wrong <= 20 {
				t.Errorf("%q (%U, NFD %U): %q, model.Fold %q", s, []rune(s), []rune(norm.NFD.String(s)), folded[i], want)
			}
		}
	}
	if wrong > 0 {
		t.Errorf("%d of %d differ", wrong, len(texts))
	}
}

// SPEC 6: indexes for every filter, sort and completion. What matters is that the planner uses them,
// by its own choice, on a table of some size.
func TestIndexesAreUsed(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("fills large tables")
	}
	db := connect(t, testdb.New(t))
	run(t, db, `
		SET search_path = epic_events;
		-- The history of so many rows is not of interest, nor the time it takes; trigrams are quicker made in bulk.
		DROP INDEX company_search, client_search, event_search;
		ALTER TABLE company DISABLE TRIGGER USER; ALTER TABLE client DISABLE TRIGGER USER;
		ALTER TABLE contract DISABLE TRIGGER USER; ALTER TABLE event DISABLE TRIGGER USER;
		INSERT INTO users (username, full_name, email, password_hash, role_id)
			SELECT 'user' || i, 'User ' || i, 'user' || i || '@x.fr', '', 1 + i % 3 FROM generate_series(1, 100) i;
		INSERT INTO company (name) SELECT 'Société ' || md5(i::text) FROM generate_series(1, 6000) i;
		INSERT INTO client (full_name, email, phone, company_id, commercial_id, first_contact_date, last_contact_date)
			SELECT (array['Zoé', 'Hélène', 'Jean', 'Łukasz'])[1 + i % 4] || ' ' || substr(md5(i::text), 1, 9), md5(i::text) || '@Example.fr',
				'+336' || lpad(i::text, 8, '0'), 1 + i % 6000, 1 + i % 100, now() - i * interval '1 min', now() - i * interval '7 s'
			FROM generate_series(1, 30000) i;
		INSERT INTO contract (client_id, commercial_id, total_amount, remaining_amount, is_signed, is_fully_paid)
			SELECT i, 1 + i % 100, i, CASE WHEN i % 100 = 0 THEN i ELSE 0 END, i % 100 > 0, i % 100 > 0 FROM generate_series(1, 30000) i;
		INSERT INTO event (title, contract_id, full_address, support_contact_id, start_date, end_date, participant_count)
			SELECT 'Fête ' || md5(i::text), i, i || ' rue du Château', CASE WHEN i % 100 > 0 THEN 1 + i % 50 END,
				now() + i * interval '1 min', now() + i * interval '2 min', i % 1000
			FROM generate_series(1, 30000) i;
		SELECT FROM index_search();
		RESET search_path;
		ANALYZE epic_events.company, epic_events.client, epic_events.contract, epic_events.event`)

	for _, test := range []struct{ index, query string }{
		// Completion and sorting by text: a prefix, and the first page in both directions.
		{"client_by_name_down", `SELECT id FROM client WHERE sort_key(full_name, true) LIKE 'helene c4c%'`},
		{"client_by_name_up", `SELECT id FROM client ORDER BY sort_key(full_name, false) COLLATE "C", id LIMIT 50`},
		{"client_by_name_down", `SELECT id FROM client ORDER BY sort_key(full_name, true) COLLATE "C" DESC, id DESC LIMIT 50`},
		{"client_by_name_up", `SELECT id FROM client WHERE (sort_key(full_name, false) COLLATE "C", id) > ('jean', 7) ORDER BY sort_key(full_name, false) COLLATE "C", id LIMIT 50`},
		{"client_by_email_down", `SELECT id FROM client WHERE sort_key(email, true) LIKE 'c4ca%'`},
		{"client_by_email_up", `SELECT id FROM client ORDER BY sort_key(email, false) COLLATE "C", id LIMIT 50`},
		{"client_by_phone_up", `SELECT id FROM client ORDER BY sort_key(phone, false) COLLATE "C", id LIMIT 50`},
		{"client_by_phone_down", `SELECT id FROM client ORDER BY sort_key(phone, true) COLLATE "C" DESC, id DESC LIMIT 50`},
		{"company_by_name_down", `SELECT id FROM company WHERE sort_key(name, true) LIKE 'societe c4ca%'`},
		{"company_by_name_up", `SELECT id FROM company ORDER BY sort_key(name, false) COLLATE "C", id LIMIT 50`},
		{"event_by_title_down", `SELECT id FROM event WHERE sort_key(title, true) LIKE 'fete c4ca%'`},
		{"event_by_address_up", `SELECT id FROM event ORDER BY sort_key(full_address, false) COLLATE "C", id LIMIT 50`},
		// Search in the middle of a text.
		{"client_search", `SELECT id FROM client WHERE search_key(full_name) LIKE '%c4ca%'`},
		{"client_search", `SELECT id FROM client WHERE search_key(full_name) LIKE '%c4ca4%' OR search_key(email) LIKE '%c4ca4%' OR phone ~ '00771' ORDER BY id LIMIT 50`},
		{"company_search", `SELECT id FROM company WHERE search_key(name) LIKE '%c4ca%'`},
		{"event_search", `SELECT id FROM event WHERE search_key(title || ' ' || full_address || ' ' || coalesce(notes, '')) LIKE '%4242 rue%'`},
		// Filters, page by page.
		{"client_by_company", `SELECT id FROM client WHERE company_id = 7 AND id > 3 ORDER BY id LIMIT 50`},
		{"client_by_commercial", `SELECT id FROM client WHERE commercial_id = 7 ORDER BY id LIMIT 50`},
		{"contract_by_client", `SELECT id FROM contract WHERE client_id = 7 ORDER BY id LIMIT 50`},
		{"contract_by_commercial", `SELECT id FROM contract WHERE commercial_id = 7 ORDER BY id LIMIT 50`},
		{"contract_by_signature", `SELECT id FROM contract WHERE NOT coalesce(is_signed, false) ORDER BY id LIMIT 50`},
		{"contract_unpaid", `SELECT id FROM contract WHERE remaining_amount > 0 ORDER BY id LIMIT 50`},
		{"event_by_contract", `SELECT id FROM event WHERE contract_id = 7 ORDER BY id LIMIT 50`},
		{"event_by_support", `SELECT id FROM event WHERE support_contact_id = 7`},
		{"event_unassigned", `SELECT id FROM event WHERE support_contact_id IS NULL ORDER BY id LIMIT 50`},
		{"client_email_lower_key", `SELECT id FROM client WHERE lower(email) = 'kevin@startup.io'`},
		// Sorts.
		{"client_by_first_contact_down", `SELECT id FROM client ORDER BY sort_key(first_contact_date, true) DESC, id DESC LIMIT 50`},
		{"client_by_last_contact_up", `SELECT id FROM client ORDER BY sort_key(last_contact_date, false), id LIMIT 50`},
		{"client_by_creation_up", `SELECT id FROM client ORDER BY sort_key(created_at, false), id LIMIT 50`},
		{"client_by_update_up", `SELECT id FROM client ORDER BY sort_key(updated_at, false), id LIMIT 50`},
		{"contract_by_signature", `SELECT id FROM contract ORDER BY coalesce(is_signed, false) DESC, id DESC LIMIT 50`},
		{"contract_by_payment", `SELECT id FROM contract ORDER BY coalesce(is_fully_paid, false), id LIMIT 50`},
		{"contract_by_total_up", `SELECT id FROM contract ORDER BY sort_key(total_amount, false), id LIMIT 50`},
		{"contract_by_remaining_down", `SELECT id FROM contract ORDER BY sort_key(remaining_amount, true) DESC, id DESC LIMIT 50`},
		{"event_by_start", `SELECT id FROM event WHERE start_date > now() ORDER BY start_date, id LIMIT 50`},
		{"event_by_end_up", `SELECT id FROM event ORDER BY sort_key(end_date, false), id LIMIT 50`},
		{"event_by_participants", `SELECT id FROM event ORDER BY coalesce(participant_count, 0), id LIMIT 50`},
	} {
		plan := strings.Join(rows(t, db, `SET LOCAL search_path = epic_events, pg_catalog; EXPLAIN `+test.query), "\n")
		if !strings.Contains(plan, " "+test.index+" ") {
			t.Errorf("%s is not used:\n%s\n%s", test.index, test.query, plan)
		}
		if strings.Contains(plan, "Seq Scan on") {
			t.Errorf("the whole table is read:\n%s\n%s", test.query, plan)
		}
	}
}
