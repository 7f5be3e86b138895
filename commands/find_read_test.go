package commands

import (
	"testing"

	"epev/data/testdb"
)

// What find shows of the records of a noun is read at once: many are no more statements than one.
func TestFindReadsManyRecordsAsItReadsOne(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.hire("mona.manager", "management")
	carl := o.hire("carl.commercial", "commercial")
	for i := range 12 {
		name := []string{"Zyxel", "Quxal"}[i/11]
		client := o.client(carl)
		o.exec("update client set full_name = $2 where id = $1", client, name)
		event := o.event(o.contract(client, true), 0)
		o.exec("update event set title = $2 where id = $1", event, name)
	}
	o.dsn = testdb.Pooler(t, o.dsn, "stats_users = epev_owner") + "&pooler=transaction"
	d := o.desk("mona.manager")
	d.must("whoami")
	read := func(text string, least, most int) int {
		t.Helper()
		_, before := testdb.Transactions(t, o.dsn)
		rows := d.must("find %s --limit 200", text).Table.Rows
		_, after := testdb.Transactions(t, o.dsn)
		if n := len(rows); n < least || n > most {
			t.Errorf("find %s finds %d records: %v", text, n, rows)
		}
		return after - before
	}
	if one, many := read("quxal", 3, 3), read("zyxel", 33, 33); one != many {
		t.Errorf("few records are %d statements, and many are %d", one, many)
	}
}
