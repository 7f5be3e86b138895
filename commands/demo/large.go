package demo

// A sandbox of any size: the sample, and behind its ids as many more records as are asked for. Each follows from its id alone, so none is
// kept in memory, and a contract knows its client without looking it up.

import (
	"fmt"
	"iter"
	"strings"
	"time"

	"epev/data"
	"epev/model"
)

// The least and most clients of a sandbox that is made by size. Beyond, names would come twice.
const Least, Most = 1_000, 4_000_000

// Large returns a sandbox with so many clients on the day of now: one and a half times as many contracts, and 1.2 times as many events.
func Large(now time.Time, clients int64) data.Large {
	l := large{maker: maker{today: now}, base: Sample(now), clients: clients}
	l.companies, l.contracts, l.events = clients/5, clients*3/2, clients*6/5
	l.hire()
	for j := range l.span(len(l.base.Contracts), l.contracts) {
		if l.deal(j).signed {
			l.shares += share(j)
		}
	}
	have := l.base
	return data.Large{
		Sample:    have,
		Companies: many(l.companies-int64(len(have.Companies)), each(&l, len(have.Companies), l.companies, l.company)),
		Clients:   many(clients-int64(len(have.Clients)), each(&l, len(have.Clients), clients, l.client)),
		Contracts: many(l.contracts-int64(len(have.Contracts)), each(&l, len(have.Contracts), l.contracts, l.contract)),
		Events:    many(l.events-int64(len(have.Events)), l.allEvents()),
		Payments:  many(l.contracts*7/10, l.allPayments()),
		Notes:     many(clients*28/100, l.allNotes()),
	}
}

// many says how many records there are, or about how many.
func many[T any](n int64, all iter.Seq[T]) data.Many[T] { return data.Many[T]{About: n, All: all} }

// each makes the records from behind the first ones to the last, by their ids.
func each[T any](l *large, first int, last int64, one func(id int64) T) iter.Seq[T] {
	return func(yield func(T) bool) {
		for id := range l.span(first, last) {
			if !yield(one(id)) {
				return
			}
		}
	}
}

// span are the ids behind the first ones, to the last.
func (*large) span(first int, last int64) iter.Seq[int64] {
	return func(yield func(int64) bool) {
		for id := int64(first) + 1; id <= last && yield(id); id++ {
		}
	}
}

type large struct {
	maker
	base                                  data.Sample
	clients, companies, contracts, events int64
	commercials, supports                 []int64
	shares                                int64 // of the signed contracts in the events
}

// throw yields a number from 0 to n-1 that looks thrown, and is always the same for an id and a purpose.
func throw(id int64, purpose uint64, n int64) int64 {
	x := uint64(id)*0x9E3779B97F4A7C15 + purpose*0xBF58476D1CE4E5B9
	x = (x ^ x>>30) * 0xBF58476D1CE4E5B9
	x = (x ^ x>>27) * 0x94D049BB133111EB
	return int64((x ^ x>>31) % uint64(n))
}

// What is thrown for.
const (
	forCompany uint64 = iota
	forCommercial
	forPhone
	forContact
	forClient
	forDay
	forKind
	forSize
	forVenue
	forState
	forPaid
	forSupport
	forNote
	forHour
	forStaff
)

// The accounts of the sandbox have a share of all, in thousandths.
const (
	sharesOfSeller    = 50 // of the companies and clients
	sharesOfSupporter = 25 // of the events
)

// hire adds a user for each thousand clients, two commercials for three who support.
func (l *large) hire() {
	for _, u := range l.base.Users {
		if u.IsActive {
			l.enlist(u)
		}
	}
	for i := range l.clients / 1000 {
		id := int64(len(l.base.Users) + 1)
		first, last := firsts[throw(i, forStaff, int64(len(firsts)))], lasts[throw(i, forHour, int64(len(lasts)))]
		role := "support"
		if i%5 < 2 {
			role = "commercial"
		}
		username := fmt.Sprintf("%s.%s%d", mailbox(first), mailbox(last), id)
		hired := l.at(-1000-int(i%400), 9, int(i%60))
		u := model.User{ID: id, Username: username, FullName: first + " " + last, Email: model.Email(username + "@epicevents.example"),
			Role: role, IsActive: true, CreatedAt: hired, UpdatedAt: hired}
		l.base.Users = append(l.base.Users, u)
		l.enlist(u)
	}
}

func (l *large) enlist(u model.User) {
	switch u.Role {
	case "commercial":
		l.commercials = append(l.commercials, u.ID)
	case "support":
		l.supports = append(l.supports, u.ID)
	}
}

// one is somebody of some people: in some thousandths of all cases the account of the sandbox.
func one(people []int64, account int64, thousandths, id int64, purpose uint64) int64 {
	if throw(id, purpose, 1000) < thousandths {
		return account
	}
	return people[throw(id, purpose+100, int64(len(people)))]
}

// spread is a place of n for an id: no two ids below n have the same, and neighbours are far apart.
func spread(id, n int64) int64 {
	const step = 1_000_003 // a prime, of which no n here is a multiple
	return id % n * step % n
}

func (l *large) company(id int64) model.Company {
	created := l.at(-960+int(throw(id, forDay, 50)), 8+int(throw(id, forHour, 9)), int(id%60))
	return model.Company{ID: id, Name: companyName(id), CreatedAt: created, UpdatedAt: created}
}

func companyName(id int64) string {
	kinds, people := int64(len(trades)), int64(len(lasts))
	at := spread(id, kinds*people*int64(len(towns)))
	return trades[at%kinds] + " " + lasts[at/kinds%people] + " " + towns[at/kinds/people]
}

// personOf is the name of a client: no other client has it.
func personOf(id int64) string {
	first, last := int64(len(firsts)), int64(len(lasts))
	at := spread(id, first*last*last)
	name, second := lasts[at/first%last], lasts[at/first/last]
	if name == second {
		return firsts[at%first] + " " + name
	}
	return firsts[at%first] + " " + name + "-" + second
}

// companyOf is the company of a client; 0: none.
func (l *large) companyOf(id int64) int64 {
	if throw(id, forCompany, 100) < 12 {
		return 0
	}
	first := int64(len(l.base.Companies))
	return first + 1 + throw(id, forCompany+50, l.companies-first)
}

// sellerOf is the commercial of a client: a company has one.
func (l *large) sellerOf(id int64) int64 {
	if company := l.companyOf(id); company > 0 {
		return one(l.commercials, 2, sharesOfSeller, company, forCommercial)
	}
	return one(l.commercials, 2, sharesOfSeller, -id, forCommercial)
}

// dayOfClient is the day of the first contact: they came evenly.
func (l *large) dayOfClient(id int64) int { return -905 + int(id*903/l.clients) }

func (l *large) client(id int64) model.Client {
	name, day := personOf(id), l.dayOfClient(id)
	c := model.Client{ID: id, FullName: name, CommercialID: l.sellerOf(id), FirstContact: l.contact(day), CreatedAt: l.hour(id, day)}
	c.Email = model.Email(fmt.Sprintf("%s.%d@courriel.example", mailbox(name), id))
	if company := l.companyOf(id); company > 0 {
		c.CompanyID = &company
		c.Email = model.Email(mailbox(name) + "@" + strings.ReplaceAll(mailbox(companyName(company)), ".", "-") + ".example")
	}
	if throw(id, forPhone, 100) >= 8 {
		c.Phone = phoneOf(id)
	}
	c.UpdatedAt = c.CreatedAt
	if throw(id, forContact, 100) >= 15 {
		last := l.contact(l.lastContact(id))
		c.LastContact = &last
	}
	return c
}

func (l *large) lastContact(id int64) int {
	return min(-1, l.dayOfClient(id)*int(throw(id, forContact+50, 100))*int(throw(id, forContact+60, 100))/10_000)
}

// phoneOf is a number that nobody else has. The first are those kept for fiction but for the sample's own, which share a thousand's digit.
// The others begin as no number that was ever given.
func phoneOf(id int64) model.Phone {
	const each = 9_000
	fiction := phones["FR"]
	if n := id / each; n < int64(len(fiction)) {
		line, own := fiction[n][:len(fiction[n])-1], int64(fiction[n][len(fiction[n])-1]-'0')
		last := id % each
		if last >= 1000*own {
			last += 1000
		}
		return model.Phone(fmt.Sprintf("%s%04d", line, last))
	}
	never := []string{"+33100", "+33200", "+33300", "+33500"}
	return model.Phone(fmt.Sprintf("%s%06d", never[id/1_000_000%int64(len(never))], id%1_000_000))
}

// hour is some time of a day at which staff write things down.
func (l *large) hour(id int64, day int) time.Time {
	return l.at(day, 9+int(throw(id, forHour, 9)), int(throw(id, forHour+50, 60)))
}

// deal is what a contract is about, and what of it was paid.
type deal struct {
	plan
	client, seller  int64
	cents, left     int64
	signed, private bool
}

func (l *large) deal(id int64) deal {
	first := int64(len(l.base.Clients))
	d := deal{client: first + 1 + throw(id, forClient, l.clients-first)}
	d.seller, d.private = l.sellerOf(d.client), l.companyOf(d.client) == 0
	since := l.dayOfClient(d.client)
	d.drawn = since + 1 + int(throw(id, forDay, int64(-since-1)))
	kinds := kindsOfCompanies
	if d.private {
		kinds = kindsOfPersons
	}
	d.kind = kinds[throw(id, forKind, int64(len(kinds)))]
	d.participants = d.kind.least + int(throw(id, forSize, int64(d.kind.most-d.kind.least+1)))
	d.venue = venues[throw(id, forVenue, int64(len(venues)))]
	d.first, d.days = d.drawn+30+int(throw(id, forDay+50, 240)), d.kind.days
	if d.kind.title == wedding {
		d.first = l.saturday(d.first)
	}
	d.cents = (d.kind.fee + d.kind.head*int64(d.participants)) / 50 * 50 * 100
	if throw(id, forPaid+60, 100) < 20 { // haggled
		d.cents = d.cents*97/100 + 50*throw(id, forPaid+70, 20)
	}
	d.signed = throw(id, forState, 100) < 40 || d.running() || d.drawn < -30 && throw(id, forState+50, 100) < 70
	d.left = d.cents
	switch paid := throw(id, forPaid, 100); {
	case !d.signed && paid < 20, d.signed && !d.over() && paid >= 20 && paid < 70, d.signed && d.over() && paid >= 88:
		d.left = d.cents * 70 / 100
	case d.signed && d.over(), d.signed && paid < 20:
		d.left = 0
	}
	return d
}

func (l *large) contract(id int64) model.Contract {
	d := l.deal(id)
	c := model.Contract{ID: id, ClientID: d.client, CommercialID: d.seller, Total: model.AmountOf(d.cents), Remaining: model.AmountOf(d.left),
		IsSigned: d.signed, IsFullyPaid: d.left == 0, CreatedAt: l.hour(id, d.drawn)}
	c.UpdatedAt = c.CreatedAt
	if d.signed {
		on := l.contact(min(-1, d.drawn+1+int(id%6)))
		c.SignedOn = &on
	}
	return c
}

// share is how many events a signed contract has beside the others: none, one, or up to three.
func share(id int64) int64 { return []int64{1, 2, 0, 1, 1, 3, 1, 1, 2, 1}[throw(id, forNote+50, 10)] }

// allEvents makes the events of the signed contracts.
func (l *large) allEvents() iter.Seq[model.Event] {
	return func(yield func(model.Event) bool) {
		id, more := int64(len(l.base.Events)), l.events-int64(len(l.base.Events))
		before := int64(0)
		for j := range l.span(len(l.base.Contracts), l.contracts) {
			d := l.deal(j)
			if !d.signed {
				continue
			}
			after := before + share(j)
			for part := range more*after/l.shares - more*before/l.shares {
				id++
				if !yield(l.event(id, j, d, int(part))) {
					return
				}
			}
			before = after
		}
	}
}

func (l *large) event(id, contract int64, d deal, part int) model.Event {
	e := model.Event{ID: id, ContractID: contract, Address: d.venue, CreatedAt: l.hour(id, min(-1, d.drawn+1+int(throw(id, forDay, 6))))}
	e.UpdatedAt = e.CreatedAt
	switch part {
	case 0:
		e.Title, e.Participants = d.kind.title, int64(d.participants)
		e.Start, e.End = l.at(d.first, d.kind.begin, 0), l.at(d.first+d.days-1, d.kind.end, 0)
	case 1:
		e.Title, e.Participants = "Visite technique", 4
		e.Start, e.End = l.at(d.first-14, 10, 0), l.at(d.first-14, 12, 0)
	default:
		e.Title, e.Participants = "Soirée de remerciement", int64(d.participants/2)
		e.Start, e.End = l.at(d.first+d.days+part-2, 19, 0), l.at(d.first+d.days+part-2, 23, 0)
	}
	if d.first <= 14 || throw(id, forSupport+50, 100) >= 35 {
		support := one(l.supports, 3, sharesOfSupporter, id, forSupport)
		e.SupportID = &support
	}
	who := personOf(d.client)
	if company := l.companyOf(d.client); company > 0 {
		who = companyName(company)
	}
	e.Title += " – " + who
	if throw(id, forNote, 100) < 45 {
		e.Notes = notes[throw(id, forNote+60, int64(len(notes)))]
	}
	return e
}

// allPayments makes one payment of each contract of which something was paid, unless that was before anybody wrote down payments.
func (l *large) allPayments() iter.Seq[model.Payment] {
	return func(yield func(model.Payment) bool) {
		id := int64(len(l.base.Payments))
		for j := range l.span(len(l.base.Contracts), l.contracts) {
			d := l.deal(j)
			if d.left == d.cents || j%unwritten == 1 {
				continue
			}
			id++
			day := d.drawn + 3 + int(j%9)
			if d.left == 0 && d.over() {
				day = max(day, d.first+d.days+int(j%20))
			}
			day = min(day, -1)
			on := l.contact(day)
			p := model.Payment{ID: id, ContractID: j, Kind: model.Paid, Amount: model.AmountOf(d.cents - d.left), PaidOn: &on,
				Method: model.Methods[j%3], AuthorID: &d.seller, Author: l.base.Users[d.seller-1].Username, CreatedAt: l.hour(j, day)}
			if p.Method == "transfer" {
				p.Reference = fmt.Sprintf("VIR-%d", 10_000+7*j)
			}
			if !yield(p) {
				return
			}
		}
	}
}

// allNotes makes notes of each third client that there was a contact with.
func (l *large) allNotes() iter.Seq[model.Note] {
	return func(yield func(model.Note) bool) {
		id := int64(len(l.base.Notes))
		for client := range l.span(len(l.base.Clients), l.clients) {
			if client%everyClient != 1 || throw(client, forContact, 100) < 15 {
				continue
			}
			id++
			n := l.note(int(id), l.lastContact(client), l.sellerOf(client))
			n.ID, n.ClientID, n.UpdatedAt = id, &client, n.CreatedAt
			if n.DoneAt != nil {
				n.UpdatedAt = *n.DoneAt
			}
			if !yield(n) {
				return
			}
		}
	}
}
