package commands

// Who is deactivated or changes role may hand over what they have by the same command. A terminal offers it.

import (
	"context"

	"epev/data"
	"epev/model"
	"epev/security"
)

// takenOverBy is the flag that names who takes it over.
const takenOverBy = "handover"

// leaving is the input of a command after which somebody may not serve any more.
type leaving struct {
	record reference
	given  // takenOverBy and the waiver
}

// legacyFields are the flags of a handover that comes with another command.
func legacyFields[T any](at func(*T) *given) []Field[T] {
	return append([]Field[T]{{
		Param: Param{Name: takenOverBy, Format: "USER", Help: "who takes over what they have", Unasked: true,
			Needs: handOver, Source: colleagues("id")},
		Set: func(in *T, raw string, _ Values) error {
			if raw == "" {
				return nil
			}
			ref, err := parseReference(takenOverBy, raw)
			at(in).refer(takenOverBy, ref)
			return err
		},
	}}, waiverFields(eventNoun(), at)...)
}

// changesUser declares "user update".
func changesUser(n noun[model.User, data.UserFilter]) Command {
	s := n.updating("user update 3 -r commercial", (*Tx).UpdateUser)
	s.Offers, s.Fields = takenOverBy, append(s.Fields, legacyFields(func(in *edit[model.User]) *given { return &in.given })...)
	run := s.Run
	s.Run = func(ctx context.Context, e *Act, in edit[model.User]) (Result, error) {
		before, err := n.find(ctx, e, in.record, "update")
		if err != nil {
			return Result{}, err
		}
		if _, hands := in.ref(takenOverBy); hands && !in.has("role-id") {
			return Result{}, model.Invalid(takenOverBy, "--%s goes with a change of role", takenOverBy).WithTry("without one, {try} hands it over", "handover FROM TO")
		}
		result, err := run(ctx, e, in)
		if err != nil {
			return Result{}, err
		}
		return e.bequeathed(ctx, result, before.ID, in.given)
	}
	return Define(s)
}

// legacy is all that somebody has, which goes to another one, if the actor may hand anything over.
func (e *Act) legacy(ctx context.Context, from int64, to reference) (*estate, error) {
	if !security.Allows(e.Actor, handOver) {
		return nil, e.denied(ctx, handOver, model.AnyRelation, "hand over what a user has", "")
	}
	s, err := e.estateOf(ctx, handover{from: reference{ID: from}, to: to, coming: true})
	if told, ok := err.(*model.Error); ok && told.Field == "to" {
		named := *told
		named.Field, err = takenOverBy, &named
	}
	return s, err
}

// doubtLegacy doubts what is handed over with somebody's change.
func (e *Act) doubtLegacy(ctx context.Context, from *model.User, to reference, g given) ([]error, error) {
	s, err := e.legacy(ctx, from.ID, to)
	if err != nil {
		return nil, err
	}
	return s.doubts(ctx, e, g)
}

// bequeathed hands over what somebody has once they were changed, if a flag says so. By then they get nothing more.
func (e *Act) bequeathed(ctx context.Context, result Result, from int64, g given) (Result, error) {
	to, ok := g.ref(takenOverBy)
	if !ok {
		return result, nil
	}
	s, err := e.legacy(ctx, from, to)
	if err == nil {
		err = s.hand(ctx, e, g)
	}
	if err == nil {
		s.tellStaying(e)
	}
	if err == nil && !s.empty() {
		result.Message = joined(result.Message, s.report().Message)
	}
	return result, err
}
