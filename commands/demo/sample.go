// Package demo holds the fixtures of epev demo: a company's records to try epev on, and the accounts to do so with.
package demo

// This file is long because half of it are tables, which are read side by side. The sample is made of them and of
// arithmetic alone. So it is the same at every run and with every version of Go: client 8 is always the same person.
//
// All times count days from today's midnight. Only weddings are on weekends, so the sample is the same each Monday, each
// Tuesday and so on. E-mail addresses end in .example (RFC 2606), which reaches nobody. Telephone numbers are those set
// apart for fiction where a country has such.

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"epev/data"
	"epev/model"
	"epev/security"
)

// staff are the users, from id 1. The demo accounts come first.
var staff = []struct {
	username, name, role string
	hired, left          int // days from today; left is 0 for who is still there
}{
	{"manon.directrice", "Manon Directrice", security.Management, -1460, 0},
	{"colin.vendeur", "Colin Vendeur", "commercial", -1420, 0},
	{"sarah.soutien", "Sarah Soutien", "support", -1400, 0},
	{"philippe.berthelot", "Philippe Berthelot", security.Management, -1460, 0},
	{"elodie.nguyen", "Élodie Nguyễn", "commercial", -1310, 0},
	{"jurgen.muller", "Jürgen Müller", "commercial", -1105, 0},
	{"maeve.obrien", "Maeve O'Brien", "commercial", -990, 0},
	{"gaspard.leveque", "Gaspard L'Évêque", "commercial", -1200, -75},
	{"ines.da-conceicao", "Inês da Conceição", "support", -1290, 0},
	{"thao.tran", "Trần Thị Thảo", "support", -1120, 0},
	{"francois.xavier", "François-Xavier Le Goff", "support", -960, 0},
	{"agnes.kovacs", "Ágnes Kovács", "support", -1250, -120},
}

// departed is the id of the commercial who left, and whose clients wait for another.
const departed = 8

// companies are the companies, from id 1, with the clients who work there. One of them, of Kiwi Bleu, is there twice. Rows
// without a name are people without a company. A name that is not in Latin letters has a transcription after "=".
var companies = []struct{ name, domain, country, people string }{
	{"Manufacture d'Horlogerie du Doubs", "horlogerie-doubs", "FR", "Geneviève Maréchal, Aurélien Besançon, Océane Vuillemin, Loïc Jeannin, Bérénice Courvoisier, Théophile Girardot"},
	{`Café "Les Deux Rives"`, "deuxrives", "FR", "Kévin Cousin, Anaïs Lefèvre, Moussa Diabaté, Ngozi Adeyemi"},
	{"Müller & Söhne AG", "mueller-soehne", "DE", "Käthe Groß, Götz Köhler, Anneliese Weiß, Sören Hoffmann, Ulrike Jäger"},
	{"", "courriel", "FR", "Amandine Chevalier, Björk Guðmundsdóttir, Cyprien Marty, Dolorès Fernández, Élisabeth Vidal"},
	{"Atelier Dumas & Filles", "dumas-filles", "FR", "Hélène Dumas, Clémence Dumas, Raphaël Prud'homme, Maëva Le Floch"},
	{"Vignobles Château-Larrieu", "chateau-larrieu", "FR", "Xavier Larrieu, Maïté Etcheverry, Benoît Lacoste, Françoise d'Aguerre"},
	{"Éditions de l'Éclipse", "editions-eclipse", "FR", "Chloé Fournier, Noël Åkerlund, Zoé Marchand, Émile Roux, Inès Benyoussef"},
	{"O'Brien & Daughters Ltd", "obrien-daughters", "IE", "Siobhán O'Brien, Pádraig Ó Súilleabháin, Róisín Ní Dhomhnaill, Conor McCarthy"},
	{"Brasserie du Canal", "brasserie-canal", "FR", "Gaël Kerbrat, Solène Tanguy, Yann Le Bihan, Jean-Baptiste Œuvrard"},
	{"Cap Numérique SAS", "cap-numerique", "FR", "Rémi Delacroix, Nadège Boucher, Linh Phạm, Cédric Aubert, Aïcha Benali, Stéphane Colin, Mélanie Dupré"},
	{"", "courriel", "FR", "Florian Haas, Gwendoline Adam, Hicham Zerouali, Isaure de Montfort, Jérémie Poulain"},
	{"Les Maraîchers de l'Isère", "maraichers-isere", "FR", "Gérard Blanc, Josiane Perrin, Mathéo Chabert, Noémie Thévenet"},
	{"上海明月文化有限公司", "mingyue", "CN", "王秀英=wang.xiuying, 李伟=li.wei, 陈思雨=chen.siyu, 欧阳明=ouyang.ming"},
	{"Clinique du Parc Saint-Ange", "clinique-saint-ange", "FR", "Dr Véronique Lemaître=veronique.lemaitre, Jérôme Vasseur, Dominique Pâris, Ngọc Lan Bùi"},
	{"Transports Gaillard", "transports-gaillard", "FR", "Thierry Gaillard, Cécile Gaillard, Grégory Schmitt, Magali Ruiz"},
	{"Maison Œillet", "maison-oeillet", "FR", "Irène Œillet, Côme Fabre, Eugénie Masson, Zénobie Caillaud"},
	{"株式会社さくら企画", "sakura-kikaku", "JP", "佐藤花子=sato.hanako, 鈴木一郎=suzuki.ichiro, 高橋さくら=takahashi.sakura, 渡辺 健=watanabe.ken"},
	{"", "courriel", "FR", "Kimberley O'Neill, Léo Barthélemy, Maryam Hosseini, Nathanaël Lévy, Ophélie Ménard"},
	{"Fondation Hélène-Marchais", "fondation-marchais", "FR", "Marie-Thérèse de La Tour, Édouard Saint-Clair, Léonie Barbier, Aminata N'Diaye"},
	{"Orchestre de chambre des Mauges", "orchestre-mauges", "FR", "Célestin Moreau, Apolline Guérin, Dániel Szabó, Léopold Kübler"},
	{"Bodegas Peña Álvarez", "bodegas-pena", "ES", "Íñigo Peña, María José Álvarez, Begoña Ibáñez, Raúl Núñez"},
	{"Pépinières du Val d'Allier", "pepinieres-allier", "FR", "Régis Chaumont, Capucine Renard, Maël Deschamps, Thaïs Montagne"},
	{"Mécanique Générale Forézienne", "meca-forez", "FR", "Joël Crozet, Séverine Faure, Hervé Pélissier, Ömer Yıldız"},
	{"Nordlicht Optik KG", "nordlicht-optik", "DE", "Björn Petersen, Heike Lüders, Jörg Weißmann, Mareike Böhm"},
	{"", "courriel", "FR", "Quentin Bonnet, Rosalie Noël, Sacha Ivanov, Tiphaine Collet, Ulysse Brun"},
	{"Hôtel de la Baie d'Opale", "baie-opale", "FR", "Aurore Delattre, Baptiste Leroy, Cyrielle Duhamel, Noé Vandenberghe, Océane Leclercq"},
	{"Cabinet Lemoine, Ferrand & Associés", "lemoine-ferrand", "FR", "Maître Agathe Lemoine=agathe.lemoine, Hugues Ferrand, Constance de Villeneuve, Pierre-Emmanuel Roy"},
	{"Nguyễn Trà Sen", "tra-sen", "VN", "Nguyễn Văn Đức, Đặng Thùy Trâm, Lê Hoàng Phúc, Võ Thị Ánh Tuyết"},
	{"Verrerie des Trois-Épis", "trois-epis", "FR", "Mathilde Ehrhart, Jean-Noël Weber, Lætitia Schaeffer, Gaétan Muller"},
	{"Harrington Tea Company", "harrington-tea", "GB", "Poppy Harrington, Zoë Fairweather, Nigel St John, Priya Subramaniam"},
	{"Laboratoires Phytéa", "phytea", "FR", "Émilie Rousseau, Sébastien Gauthier, Fatoumata Coulibaly, Damien L'Hôte, Coralie Meunier, Yaël Cohen"},
	{"", "courriel", "FR", "Violette Payet, William N'Guessan, Yasmine Saïdi, Zélie Bourgeois, Anh Dũng Hoàng"},
	{"Énergies Bretonnes Coopératives", "energies-bretonnes", "FR", "Nolwenn Le Gall, Erwan Quéméneur, Maëlle Cariou, Tugdual Kermarrec, Gwenaëlle Floc'h"},
	{"Ceramiche D'Amico S.p.A.", "ceramiche-damico", "IT", "Niccolò D'Amico, Giosuè Bianchi, Beatrice De Rosa, Libertà Esposito"},
	{"École de cuisine du Léman", "cuisine-leman", "FR", "Amélie Bochet, Tristan Favre, Élisa Mottet, Célia Nguyễn"},
	{"Chocolaterie Zürcher & Fils SA", "zuercher-fils", "CH", "Reto Zürcher, Anaëlle Piguet, Urs Bärtschi, Séraphine Bolomey"},
	{"Kiwi Bleu SAS", "kiwi-bleu", "FR", "Maxence Petit, Jade Morin, Ayoub El Amrani, Lou Garnier, Ayoub El-Amrani=ayoub.elamrani"},
	{"Azulejos Conceição Lda", "azulejos-conceicao", "PT", "João Conceição, Leonor Magalhães, Tomé Guimarães, Graça Araújo"},
	{"", "courriel", "FR", "Blaise Kouassi, Camille Öztürk, Désiré Rakotomalala, Ève Lacroix, Ferdinand Grün"},
	{"Ville de Saint-Aubin-des-Prés", "saint-aubin-des-pres", "FR", "Bernadette Carpentier, Fabrice Hénin, Ludivine Picard, Jean-Pierre Ségur"},
	{"Brouwerij De Gouden Leeuw", "gouden-leeuw", "BE", "Joris Van den Broeck, Anneleen D'Hondt, Noémie Lambrechts, Daniël Claes"},
	{"Théâtre du Petit Pont", "petit-pont", "FR", "Ariane Bélanger, Octave Delorme, Salomé Haddad"},
	{"Łódź Film Studio Sp. z o.o.", "lodz-film", "PL", "Łukasz Wiśniewski, Małgorzata Żak, Zbigniew Śliwiński, Agnieszka Dąbrowska"},
	{"Ångström Design AB", "angstrom-design", "SE", "Åsa Ångström, Örjan Sjögren, Linnéa Bäckström, Þóra Jónsdóttir"},
	{"St John's Architects LLP", "stjohns-architects", "GB", "Imogen Clarke-Whyte, Owain ap Rhys, Ciarán Doyle, Chidi Okonkwo"},
	{"Αιγαίο Κρουαζιέρες ΑΕ", "aigaio", "GR", "Ελένη Παπαδοπούλου=eleni.papadopoulou, Γιώργος Νικολάου=giorgos.nikolaou, Δήμητρα Ιωάννου=dimitra.ioannou"},
}

// phones are E.164 numbers of a country without their last three digits.
var phones = map[string][]string{
	"FR": {"+33199001", "+33261912", "+33353013", "+33465714", "+33536495"}, // kept for fiction by the Arcep
	"DE": {"+493023125", "+494066969"},                                      // by the Bundesnetzagentur
	"GB": {"+442079460", "+441134960"},                                      // by Ofcom
	"IE": {"+35315550"},
	"CN": {"+862162881"},
	"JP": {"+81355512"},
	"ES": {"+34912345"},
	"VN": {"+842438251"},
	"IT": {"+390612345"},
	"CH": {"+41446681"},
	"PT": {"+351211234"},
	"BE": {"+3225550"},
	"PL": {"+48221234"},
	"SE": {"+46812345"},
	"GR": {"+302101234"},
}

// kind is a kind of event, and what it costs.
type kind struct {
	title       string
	days        int   // one or two, from the first to the last
	begin, end  int   // hours of the day
	least, most int   // participants
	fee, head   int64 // euros, in all and for each participant
}

var (
	kindsOfCompanies = []kind{
		{"Séminaire de direction", 2, 9, 17, 12, 40, 2500, 210},
		{"Soirée de gala", 1, 19, 23, 120, 450, 9000, 95},
		{"Congrès professionnel", 2, 9, 18, 200, 800, 18000, 120},
		{"Lancement de produit", 1, 18, 22, 60, 250, 6500, 70},
		{"Journée portes ouvertes", 1, 10, 18, 150, 600, 3200, 9},
		{"Assemblée générale", 1, 14, 18, 40, 300, 1900, 22},
		{"Salon des partenaires", 2, 9, 19, 80, 350, 8200, 48},
		{"Atelier de cohésion", 1, 9, 17, 10, 60, 900, 85},
		{"Remise de prix", 1, 17, 21, 50, 200, 4100, 55},
		{"Vernissage", 1, 18, 21, 30, 120, 1500, 28},
		{"Concert privé", 1, 20, 23, 80, 320, 7400, 36},
		{"Conférence de presse", 1, 10, 12, 15, 80, 1250, 18},
	}
	kindsOfPersons = []kind{
		{wedding, 2, 14, 22, 60, 220, 4800, 118},
		{"Anniversaire", 1, 19, 23, 20, 90, 950, 52},
		{"Baptême", 1, 11, 17, 20, 70, 600, 44},
		{"Noces d'or", 1, 12, 18, 30, 110, 1400, 67},
	}
)

// wedding is the kind of event that begins on a Saturday.
const wedding = "Mariage"

var venues = []string{
	"Salle des Ormes, 12 rue de la République, 69002 Lyon",
	"Château de la Garenne, 4 allée des Tilleuls, 37150 Chenonceaux",
	"Le Hangar à Sel, 27 quai des Antilles, 44200 Nantes",
	"Espace Étoile, 118 avenue de Wagram, 75017 Paris",
	"Domaine de l'Étang Vert, route de Saint-Léger, 78610 Auffargis",
	"Pavillon d'Ô, 3 place d'Aine, 87000 Limoges",
	"Grande Halle, 53 rue Crébillon, 54000 Nancy",
	"Villa des Pins, 61 boulevard de la Plage, 33120 Arcachon",
	"Auditorium du Lac, 9 rue Vaillant, 74000 Annecy",
	"Le Phare, 2 quai d'Alger, 34200 Sète",
	"Ancien Couvent, 14 rue des Sœurs-Noires, 7000 Mons, Belgique",
	"Kulturhaus am Fluss, Große Elbstraße 45, 22767 Hamburg, Allemagne",
	"Sala de los Naranjos, Calle Muñoz Seca 8, 28001 Madrid, Espagne",
	"The Glasshouse, 77 Queen's Quay, Belfast BT3 9DT, Royaume-Uni",
	"Palexpo Rive, 30 chemin du Pré-Fleuri, 1228 Plan-les-Ouates, Suisse",
	"Moulin du Roc, 1 chemin de la Filature, 79000 Niort",
	"Ferme de Kérouzien, 29700 Plomelin",
	"Salons de l'Aéro-Club, 6 rue Galilée, 75016 Paris",
	"Halle aux Draps, 5 place du Marché, 59500 Douai",
	"La Verrière, 88 rue Sainte-Catherine, 33000 Bordeaux",
}

var notes = []string{
	"Buffet végétarien pour un tiers des invités.",
	"Livraison du matériel la veille, entre 14 h et 17 h, par la cour.",
	"Deux fauteuils roulants : rampe à l'entrée nord.",
	"L'orchestre demande un branchement triphasé 32 A.",
	"Le client souhaite une signalétique en français et en anglais.",
	"Allergies signalées : arachides, crustacés.",
	"Prévoir 40 places de stationnement et une navette depuis la gare.",
	"Interprète vietnamien–français de 10 h à 16 h.",
	"Pas de musique après 23 h (arrêté municipal).",
	"Caution de la salle à récupérer le lendemain.",
}

// dice yields numbers that look thrown and are always the same: a linear congruential generator.
type dice uint32

// roll returns a number from 0 to n-1.
func (d *dice) roll(n int) int {
	*d = *d*1664525 + 1013904223
	return int(uint64(*d>>4) * uint64(n) >> 28)
}

// chance is true in so many of a hundred cases.
func (d *dice) chance(percent int) bool { return d.roll(100) < percent }

// maker makes the sample, table by table.
type maker struct {
	data.Sample
	dice    dice
	today   time.Time // by the clock of the person's place
	plans   []plan
	doubles int // how many upcoming events doubled has at the same time as another
}

// plan is what a contract is about.
type plan struct {
	kind         kind
	participants int
	venue        string
	drawn        int // day of the contract
	first, days  int // day on which the event begins, and how many it takes
}

// over reports whether all of it took place before today, and running whether it began yesterday or today.
func (p plan) over() bool    { return p.first+p.days <= 0 }
func (p plan) running() bool { return !p.over() && p.first <= 0 }

// Sample returns the sample as it is on the day of now, by the clock of now's location.
func Sample(now time.Time) data.Sample {
	m := maker{today: now}
	m.PasswordHash = passwordHash
	m.staff()
	m.clients()
	m.contracts()
	m.events()
	m.unused()
	m.writtenAgain()
	m.payments()
	m.notes()
	m.callOff()
	return m.Sample
}

// unused leaves a company without clients, and the newest client of the demo's commercial without contracts:
// there is something to delete.
func (m *maker) unused() {
	company, mine := int64(len(m.Companies)), []int64{}
	for i := range m.Clients {
		if c := &m.Clients[i]; c.CompanyID != nil && *c.CompanyID == company {
			c.CompanyID = nil
		}
		if m.Clients[i].CommercialID == 2 {
			mine = append(mine, m.Clients[i].ID)
		}
	}
	for i := range m.Contracts {
		if c := &m.Contracts[i]; c.ClientID == mine[len(mine)-1] {
			c.ClientID = mine[0]
		}
	}
}

// writtenAgain writes a company down once more, as somebody did lately who did not find it: there is something to merge.
func (m *maker) writtenAgain() {
	created := m.at(-12, 10, 40)
	m.Companies = append(m.Companies, model.Company{ID: int64(len(m.Companies) + 1), Name: "Cap Numerique", CreatedAt: created, UpdatedAt: created})
}

// at returns the time so many days from today, by the clock of the place.
func (m *maker) at(day, hour, minute int) time.Time {
	year, month, today := m.today.Date()
	return time.Date(year, month, today+day, hour, minute, 0, 0, m.today.Location()).UTC()
}

// contact is 12:00 UTC of a day, as the day of a contact is stored.
func (m *maker) contact(day int) time.Time {
	return model.Today(m.today.AddDate(0, 0, day), m.today.Location())
}

// atWork is some time of a day at which staff write things down.
func (m *maker) atWork(day int) time.Time { return m.at(day, 9+m.dice.roll(9), m.dice.roll(60)) }

func (m *maker) staff() {
	for i, s := range staff {
		u := model.User{
			ID: int64(i + 1), Username: s.username, FullName: s.name, Email: model.Email(s.username + "@epicevents.example"),
			Role: s.role, IsActive: s.left == 0, CreatedAt: m.atWork(s.hired),
		}
		u.UpdatedAt = u.CreatedAt
		if i >= len(Accounts) { // theirs is when epev demo logs them in
			login := m.atWork(s.left - 1 - m.dice.roll(9))
			u.LastLogin = &login
		}
		if s.left != 0 {
			u.UpdatedAt = m.at(s.left, 18, 0)
		}
		m.Users = append(m.Users, u)
	}
}

// saturday returns the day of the Saturday on or after a day.
func (m *maker) saturday(day int) int {
	return day + int(time.Saturday-m.at(day, 12, 0).In(m.today.Location()).Weekday())
}

// doubled is the one support user among the demo accounts whose calendar has events at the same time, for people to
// find.
const doubled = 3

// supporter returns the id of a support user for an event that ends on a day: the preferred one, or another who is
// free, or nobody. An event that has begun and that nobody is free for goes to doubled, and so do two later ones.
func (m *maker) supporter(preferred int64, e model.Event, end int) *int64 {
	free := func(id int64) bool {
		s := staff[id-1]
		return s.role == "support" && (s.left == 0 || end < s.left) && !slices.ContainsFunc(m.Events, func(other model.Event) bool {
			return other.SupportID != nil && *other.SupportID == id && other.Start.Before(e.End) && e.Start.Before(other.End)
		})
	}
	doubled := int64(doubled)
	upcoming := e.Start.After(m.at(1, 0, 0))
	if upcoming && m.doubles < 2 && !free(doubled) {
		m.doubles++
		return &doubled
	}
	for i := range staff {
		if id := (preferred-1+int64(i))%int64(len(staff)) + 1; free(id) {
			return &id
		}
	}
	if upcoming {
		return nil
	}
	return &doubled
}

// someone returns the id of a user of the role who was there on a day.
func (m *maker) someone(role string, day int) *int64 {
	var ids []int64
	for i, s := range staff {
		if s.role == role && s.hired < day && (s.left == 0 || day < s.left) {
			ids = append(ids, int64(i+1))
		}
	}
	return &ids[m.dice.roll(len(ids))]
}

// firstContact is the day of the first contact with the client of an index: they came evenly.
func firstContact(client int) int { return -905 + client*9/2 }

// clients makes the companies and their clients. The clients are in the order in which they came: the first of every
// row of companies, then the second. A company has one commercial.
func (m *maker) clients() {
	ids := make([]*int64, len(companies))
	commercials := make([]int64, len(companies))
	for round, came := 0, -1; came < len(m.Clients); round++ {
		came = len(m.Clients)
		for row, company := range companies {
			people := strings.Split(company.people, ", ")
			if round >= len(people) {
				continue
			}
			index := len(m.Clients)
			day := firstContact(index)
			if round == 0 && company.name != "" {
				id := int64(len(m.Companies) + 1)
				ids[row] = &id
				created := m.at(day, 8, 30)
				m.Companies = append(m.Companies, model.Company{ID: id, Name: company.name, CreatedAt: created, UpdatedAt: created})
			}
			if round == 0 || company.name == "" {
				commercials[row] = *m.someone("commercial", 0)
			}
			commercial := commercials[row]
			if row%17 == 9 && day < staff[departed-1].left {
				commercial = departed
			}
			name, local, transcribed := strings.Cut(people[round], "=")
			if !transcribed {
				local = mailbox(name)
			}
			c := model.Client{
				ID: int64(index + 1), FullName: name, Email: model.Email(local + "@" + company.domain + ".example"),
				CompanyID: ids[row], CommercialID: commercial, FirstContact: m.contact(day), CreatedAt: m.atWork(day),
			}
			c.UpdatedAt = c.CreatedAt
			if !m.dice.chance(8) {
				lines := phones[company.country]
				c.Phone = m.freePhone(lines[m.dice.roll(len(lines))], m.dice.roll(1000))
			}
			if !m.dice.chance(15) { // between the first contact and yesterday, lately more often than long ago
				last := m.contact(min(-1, day*m.dice.roll(100)*m.dice.roll(100)/10_000))
				c.LastContact = &last
			}
			m.Clients = append(m.Clients, c)
		}
	}
}

// freePhone is a telephone number that no client has: the only ones alike are those that were written down twice.
func (m *maker) freePhone(line string, last int) model.Phone {
	for ; ; last = (last + 1) % 1000 {
		phone := model.Phone(fmt.Sprintf("%s%03d", line, last))
		if !slices.ContainsFunc(m.Clients, func(c model.Client) bool { return c.Phone == phone }) {
			return phone
		}
	}
}

// mailbox makes the part of an e-mail address before the @ from a name.
func mailbox(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '.'
		case r <= unicode.MaxASCII && unicode.IsLetter(r), r == '-':
			return r
		}
		return -1
	}, model.Fold(name))
}

// contracts makes 300 contracts, drawn up evenly in the last year and a half.
func (m *maker) contracts() {
	for i := range 300 {
		p := plan{drawn: -540 + i*89/50}
		var client *model.Client
		for client == nil { // one who had come by then, and whose commercial was there
			c := &m.Clients[m.dice.roll(len(m.Clients))]
			if left := staff[c.CommercialID-1].left; firstContact(int(c.ID-1)) < p.drawn && (left == 0 || p.drawn+7 < left) { // and still is when the events are booked
				client = c
			}
		}
		kinds := kindsOfCompanies
		if client.CompanyID == nil {
			kinds = kindsOfPersons
		}
		p.kind = kinds[m.dice.roll(len(kinds))]
		p.participants = p.kind.least + m.dice.roll(p.kind.most-p.kind.least+1)
		p.venue = venues[m.dice.roll(len(venues))]
		p.first, p.days = p.drawn+30+m.dice.roll(240), p.kind.days
		switch {
		case i%37 == 5: // takes place right now, since yesterday or until tomorrow
			if p.kind.title == wedding {
				p.kind = kinds[1]
			}
			if p.first, p.days = -1, 2; p.kind.begin < 12 && i%2 == 0 {
				p.first = 0
			}
		case p.kind.title == wedding:
			if p.first = m.saturday(p.first); p.running() {
				p.first += 7
			}
		case p.running(): // no other does
			p.first += 2
		}
		cents := (p.kind.fee + p.kind.head*int64(p.participants)) / 50 * 50 * 100
		if m.dice.chance(20) { // haggled
			cents = cents*97/100 + 50*int64(m.dice.roll(20))
		}
		signed := m.dice.chance(40) || p.running() || p.drawn < -30 && m.dice.chance(70)
		remaining := cents
		switch throw := m.dice.roll(100); {
		case !signed && throw < 20: // a deposit came before the signature
			remaining = cents * 70 / 100
		case !signed:
		case p.over() && throw < 88, !p.over() && throw < 20:
			remaining = 0
		case p.over() || throw < 70: // a deposit was paid
			remaining = cents * 70 / 100
		}
		c := model.Contract{
			ID: int64(i + 1), ClientID: client.ID, CommercialID: client.CommercialID, Total: model.AmountOf(cents),
			Remaining: model.AmountOf(remaining), IsSigned: signed, IsFullyPaid: remaining == 0, CreatedAt: m.atWork(p.drawn),
		}
		c.UpdatedAt = c.CreatedAt
		m.Contracts, m.plans = append(m.Contracts, c), append(m.plans, p)
	}
}

// events makes 250 events, some a signed contract: none, what it is about, also a visit before, or
// an evening after as well.
func (m *maker) events() {
	shares := [...]int{1, 2, 0, 1, 1, 3, 1, 1, 2, 1}
	var signed []int
	sum := 0
	for i, c := range m.Contracts {
		if c.IsSigned {
			sum += shares[len(signed)%len(shares)]
			signed = append(signed, i)
		}
	}
	before := 0
	for n, i := range signed {
		c, p := &m.Contracts[i], m.plans[i]
		support := m.someone("support", p.first+p.days)
		if p.first > 14 && m.dice.chance(35) { // nobody yet, and time enough
			support = nil
		}
		after := before + shares[n%len(shares)]
		for part := range 250*after/sum - 250*before/sum {
			m.event(c, p, part, support)
		}
		before = after
	}
}

func (m *maker) event(c *model.Contract, p plan, part int, support *int64) {
	e := model.Event{ID: int64(len(m.Events) + 1), ContractID: c.ID, Address: p.venue, CreatedAt: m.atWork(p.drawn + 1 + m.dice.roll(6))}
	e.UpdatedAt = e.CreatedAt
	switch before, last, after := p.first-14, p.first+p.days-1, p.first+p.days; part {
	case 0:
		e.Title, e.Participants = p.kind.title, int64(p.participants)
		e.Start, e.End = m.at(p.first, p.kind.begin, 0), m.at(last, p.kind.end, 0)
	case 1:
		e.Title, e.Participants = "Visite technique", 4
		e.Start, e.End = m.at(before, 10, 0), m.at(before, 12, 0)
	case 2:
		e.Title, e.Participants = "Soirée de remerciement", int64(p.participants/2)
		e.Start, e.End = m.at(after, 19, 0), m.at(after, 23, 0)
	}
	if support != nil {
		e.SupportID = m.supporter(*support, e, p.first+p.days)
	}
	client := m.Clients[c.ClientID-1]
	who := client.FullName
	if client.CompanyID != nil {
		who = m.Companies[*client.CompanyID-1].Name
	}
	e.Title += " – " + who
	if m.dice.chance(45) {
		e.Notes = notes[m.dice.roll(len(notes))]
	}
	m.Events = append(m.Events, e)
}
