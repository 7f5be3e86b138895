package demo

import (
	"slices"
	"strings"
)

func words(text string) []string { return slices.Collect(strings.SplitSeq(text, ",")) }

// What names are made of. No two in a row are alike, and no three, so that no two people are called the same.
var (
	firsts = words("Adèle,Agathe,Alban,Alexis,Alice,Alix,Amaury,Ambre,Amir,Anaïs,André,Antoine,Apolline,Armelle,Arnaud,Arthur,Astrid,Aude,Augustin,Aurore," +
		"Awa,Bastien,Béatrice,Benoît,Blanche,Brice,Brune,Camille,Cécile,Céline,Charline,Chiara,Claire,Clarisse,Clovis,Constance,Corentin,Damien,Daphné,Delphine," +
		"Denis,Diane,Dorothée,Edgar,Edmée,Éléonore,Élie,Élise,Éloi,Elsa,Emeric,Emma,Enzo,Erwan,Estelle,Étienne,Eva,Fanny,Félicien,Flavie," +
		"Florent,Gabin,Gabriel,Gaëlle,Garance,Gaston,Gautier,Gilles,Grégoire,Guillemette,Gustave,Hadrien,Héloïse,Hippolyte,Honorine,Hugo,Ilona,Ines,Irma,Isabelle," +
		"Ismaël,Jacques,Jeanne,Joachim,Joséphine,Judith,Julien,Karim,Kenza,Laure,Lazare,Léandre,Leïla,Lina,Lison,Louison,Luc,Lucie,Lydie,Madeleine," +
		"Malo,Marceau,Margaux,Marius,Mathurin,Maud,Maurice,Melchior,Milo,Mina,Nadia,Naël,Ninon,Noa,Nora,Odile,Olivia,Oscar,Paloma,Perrine")
	lasts = words("Abadie,Alary,Allard,Amiot,Ancel,Andrieu,Arnoux,Astier,Auclair,Auger,Aumont,Avril,Bailly,Barbe,Bardin,Barrau,Bastide,Baudry,Bayle,Bazin," +
		"Béchet,Bellanger,Benoist,Bérard,Berger,Besnard,Besse,Bigot,Blain,Boissier,Bonneau,Bordes,Bosc,Bouchet,Boulay,Bourdin,Boutin,Boyer,Briand,Brunet," +
		"Cadet,Caillé,Camus,Carlier,Carré,Castel,Cazeneuve,Chabrol,Champion,Chapuis,Charpentier,Chauvin,Chevallier,Clavel,Clément,Cochet,Combe,Cordier,Costes,Couderc," +
		"Courtois,Coutard,Crespin,Cros,Daniel,Darras,Daumas,David,Debray,Delage,Delcourt,Delmas,Denoyel,Descamps,Didier,Dubreuil,Duclos,Dufour,Duhem,Dumont," +
		"Dupuy,Durieux,Duval,Escande,Estève,Evrard,Fabrègue,Falguière,Fauvel,Favier,Ferrier,Feuillet,Figuier,Flament,Fleury,Foucher,Fouquet,Fraysse,Gaillac,Galtier," +
		"Garcin,Gaudin,Gayral,Genin,Gilbert,Girault,Godard,Gosselin,Goujon,Granier,Gros,Guérin,Guibert,Guyon,Hamelin,Hardy,Hébert,Hénault,Hervieu,Huard," +
		"Imbert,Jacquet,Jamet,Jolivet,Jourdan,Julliard,Labbé,Lacombe,Lafon,Lagarde,Lambert,Landry,Laporte,Laurent,Lebrun,Leclerc,Lefort,Legrand,Lejeune,Lemaire," +
		"Leroux,Lévêque,Loiseau,Lombard,Maillet,Mallet,Marchal,Mariani,Martel,Massot,Maury,Mercier,Meyer,Michaud,Millet,Monnier,Morel,Moulin,Munier,Navarro," +
		"Nicolas,Noblet,Normand,Olive,Pagès,Parent,Pascal,Payen,Péan,Pelletier,Perret,Picot,Pinson,Poirier,Pons,Prévost,Quillet,Raynal,Rémy,Rigaud," +
		"Rivière,Robin,Rolland,Roussel,Sabatier,Salmon,Sauvage,Serre,Tessier,Texier,Thibault,Tixier,Tournier,Vallet,Vasse,Verdier,Vial,Vigneron,Villard,Voisin")
	trades = words("Ateliers,Assurances,Boulangerie,Brasserie,Cabinet,Carrelages,Caves,Charpentes,Chaussures,Clinique,Coopérative,Cycles,Domaine,Éditions,Énergies," +
		"Établissements,Ferronnerie,Fonderie,Formation,Galerie,Garage,Graphisme,Groupe,Horlogerie,Imprimerie,Informatique,Jardins,Joaillerie,Laboratoire,Librairie," +
		"Logistique,Maison,Maroquinerie,Menuiserie,Meubles,Minoterie,Moulins,Optique,Papeterie,Pâtisserie,Pharmacie,Plomberie,Poterie,Sellerie,Studio," +
		"Tannerie,Textiles,Transports,Verrerie,Vignobles")
	towns = words("Agen,Aix,Albi,Alençon,Amiens,Angers,Annecy,Antibes,Arles,Arras,Auch,Aurillac,Auxerre,Avignon,Bayonne,Beaune,Beauvais,Belfort,Besançon,Béziers," +
		"Blois,Bordeaux,Bourges,Brest,Brive,Caen,Cahors,Calais,Cambrai,Cannes,Castres,Chambéry,Chartres,Cholet,Clermont,Colmar,Dax,Dieppe,Dijon,Dole," +
		"Épinal,Évreux,Foix,Fréjus,Gap,Grasse,Grenoble,Guéret,Hyères,Laon,Laval,Lens,Lille,Limoges,Lorient,Lyon,Mâcon,Mende,Metz,Millau," +
		"Moulins,Nancy,Nantes,Nevers,Nice,Nîmes,Niort,Orange,Orléans,Pau,Poitiers,Quimper,Reims,Rennes,Roanne,Rodez,Rouen,Royan,Saintes,Tours")
)
