package demo

import (
	"time"

	"epev/model"
)

// No dice are thrown here either, so that the other records of the sample stay as they were.

// said is what people note down, and in how many days they want to be reminded of it; 0: they do not.
var said = []struct {
	text   string
	remind int
}{
	{"Appelé : veut un devis pour le printemps.\nBudget pas encore décidé.", 3},
	{"À appeler le matin de préférence.", 0},
	{"Vu au salon : un lancement de produit l'intéresse.", 10},
	{"Demande nos références dans la région, envoyées par mail.", 0},
	{"Laissé un message, à rappeler.", 1},
	{"Content du dernier événement, veut le même traiteur.", 0},
	{"Lui envoyer la brochure dès qu'elle est imprimée.", 7},
}

// written are notes about what is not a client: of every so many contracts and events one has one.
const (
	everyClient   = 3
	everyContract = 9
	everyEvent    = 12
)

// notes writes down what was said of clients, the latest at the end, of some contracts and events and of a company. The first one is
// to be remembered today.
func (m *maker) notes() {
	for i := range m.Clients {
		c := &m.Clients[i]
		if i%everyClient != 1 || c.LastContact == nil {
			continue
		}
		day := m.dayOf(*c.LastContact)
		n := m.note(len(m.Notes), day, c.CommercialID)
		n.ClientID = &c.ID
		m.Notes = append(m.Notes, n)
	}
	for i := range m.Contracts {
		if c := &m.Contracts[i]; i%everyContract == 4 && !c.IsFullyPaid {
			n := model.Note{Text: "Leur comptabilité paie en fin de mois.", AuthorID: c.CommercialID, CreatedAt: m.at(min(-1, m.dayOf(c.CreatedAt)+9), 11, i%60)}
			n.ContractID = &c.ID
			m.Notes = append(m.Notes, n)
		}
	}
	for i := range m.Events {
		if e := &m.Events[i]; i%everyEvent == 7 && e.SupportID != nil {
			n := model.Note{Text: "Vu avec la salle : accès par la cour, dès 8 h.", AuthorID: *e.SupportID, CreatedAt: m.at(min(-1, m.dayOf(e.Start)-6), 15, i%60)}
			n.EventID = &e.ID
			m.Notes = append(m.Notes, n)
		}
	}
	company := m.Companies[2].ID
	m.Notes = append(m.Notes, model.Note{CompanyID: &company, Text: "Emménage dans ses nouveaux bureaux à l'automne.", AuthorID: 1, CreatedAt: m.at(-40, 10, 15)})
	for i := range m.Notes {
		n := &m.Notes[i]
		n.ID, n.UpdatedAt = int64(i+1), n.CreatedAt
		if staff[n.AuthorID-1].left != 0 && m.dayOf(n.CreatedAt) >= staff[n.AuthorID-1].left {
			n.AuthorID = 1
		}
		if n.DoneAt != nil {
			n.UpdatedAt = *n.DoneAt
		}
	}
	today := m.contact(0)
	m.Notes[0].RemindOn, m.Notes[0].DoneAt, m.Notes[0].UpdatedAt = &today, nil, m.Notes[0].CreatedAt
}

// note is one of what is said, by the author on a day. What was to be remembered before yesterday is done, but for a few.
func (m *maker) note(i, day int, author int64) model.Note {
	s := said[i%len(said)]
	day = min(day, -1)
	n := model.Note{Text: s.text, AuthorID: author, CreatedAt: m.at(day, 9+i%8, i*7%60)}
	if s.remind > 0 {
		on := m.contact(day + s.remind)
		n.RemindOn = &on
		if day+s.remind < -1 && i%10 != 0 {
			done := m.at(day+s.remind, 16, i%60)
			n.DoneAt = &done
		}
	}
	return n
}

// dayOf is the day of a moment, counted from today.
func (m *maker) dayOf(t time.Time) int {
	there := t.In(m.today.Location())
	year, month, day := m.today.Date()
	from := time.Date(year, month, day, 12, 0, 0, 0, time.UTC)
	year, month, day = there.Date()
	return int(time.Date(year, month, day, 12, 0, 0, 0, time.UTC).Sub(from).Hours() / 24)
}

// calledOff is the id of the event that does not take place.
const calledOff = 213

func (m *maker) callOff() {
	e := &m.Events[calledOff-1]
	at := m.at(-2, 17, 20)
	e.CancelledAt, e.CancelReason = &at, "Le client a déjà vu la salle"
}
