package commands

import (
	"context"

	"epev/data"
	"epev/model"
)

// contractImporter says how contracts come from a file: they are known by their ids alone, and their clients also by name or e-mail address.
func contractImporter() *importer[model.Contract] {
	return &importer[model.Contract]{insert: (*Tx).InsertContract, update: saveContract, also: []string{"signed_on"},
		many: &arrivals[model.Contract]{insert: (*Tx).InsertContracts, several: (*data.Reader).SeveralContracts,
			hold: func(ctx context.Context, e *Act, cs []model.Contract) error {
				ids := make([]int64, len(cs))
				for i := range cs {
					ids[i] = cs[i].ClientID
				}
				return clientNoun().holdMany(ctx, e, ids, (*data.Reader).SeveralClients, (*Tx).HoldClients)
			}},
		named: map[string]namedColumn{"client": {"client-id", clientNamed, clientsAt}},
		called: map[string][]string{
			"client_id":        {"numéro de client", "n° client", "id client"},
			"client":           {"nom du client", "client name", "client email", "e-mail du client"},
			"total_amount":     {"montant", "montant total", "total", "prix", "montant ttc"},
			"remaining_amount": {"reste", "reste à payer", "reste dû", "restant", "montant restant", "solde", "restant dû"},
			"is_signed":        {"signé", "signature"},
			"signed_on":        {"signé le", "date de signature", "signature date"},
			"is_fully_paid":    {"payé", "soldé"},
		}}
}
