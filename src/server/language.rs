//! The language of the few pages that the server writes itself, and their words. The pages that run in the browser have
//! their own (`web/words/`); this one knows no route and no page.

use warp::http::HeaderMap;
use warp::http::header::ACCEPT_LANGUAGE;

use crate::access::TicketError;

/// Longest wish that is read; browsers send less than a hundred bytes.
const MAX_WISH_BYTES: usize = 1000;

/// What the pages around pairing and after a photo say in one language.
#[derive(Debug)]
pub struct Language {
    /// For `<html lang>`.
    pub tag: &'static str,
    /// Title of the page behind the code.
    pub pairing: &'static str,
    /// What it says.
    pub moment: &'static str,
    /// Its button.
    pub pair: &'static str,
    /// Title when the code is not good.
    pub scan_again: &'static str,
    unknown: &'static str,
    used: &'static str,
    expired: &'static str,
    /// With `{address}` in it.
    elsewhere: &'static str,
    /// What to do then.
    fresh_code: &'static str,
    /// Title after a photo was kept.
    kept: &'static str,
    kept_where: &'static str,
    another: &'static str,
    my_frames: &'static str,
}

impl Language {
    /// The language that the browser likes best among those that are there; English otherwise (RFC 9110, 12.5.4).
    pub fn of(headers: &HeaderMap) -> &'static Self {
        let wish = headers.get(ACCEPT_LANGUAGE).and_then(|wish| wish.to_str().ok()).unwrap_or_default();
        if wish.len() > MAX_WISH_BYTES {
            return &ALL[0];
        }
        let mut best: Option<(&'static Self, f32)> = None;
        for each in wish.split(',') {
            let (tag, weight) = each.split_once(';').unwrap_or((each, "q=1"));
            let primary = tag.trim().split('-').next().unwrap_or_default();
            let weight = weight.trim().strip_prefix("q=").and_then(|q| q.parse().ok()).unwrap_or(0.0);
            let known = ALL.iter().find(|language| language.tag.eq_ignore_ascii_case(primary));
            // Of two that are liked as well the first one counts.
            if let Some(language) = known
                && weight > best.map_or(0.0, |(_, before)| before)
            {
                best = Some((language, weight));
            }
        }
        best.map_or(&ALL[0], |(language, _)| language)
    }

    /// Why the code was not good, and what to do.
    pub fn refusal(&self, error: TicketError) -> [String; 2] {
        let why = match error {
            TicketError::Unknown => self.unknown.to_owned(),
            TicketError::Used => self.used.to_owned(),
            TicketError::Expired => self.expired.to_owned(),
            TicketError::Elsewhere(address) => self.elsewhere.replace("{address}", &address.to_string()),
        };
        [why, self.fresh_code.to_owned()]
    }

    /// After a photo: title, sentence, and the words of the links to another photo and to My frames.
    pub fn photo(&self) -> [&'static str; 4] {
        [self.kept, self.kept_where, self.another, self.my_frames]
    }
}

const ALL: [Language; 6] = [
    Language {
        tag: "en",
        pairing: "Pairing this phone",
        moment: "One moment. If nothing happens, press the button.",
        pair: "Pair this phone",
        scan_again: "Scan the code again",
        unknown: "Pairing did not work: this code is not known; scan the code on the screen again.",
        used: "Pairing did not work: this code was used already; scan the code on the screen again.",
        expired: "Pairing did not work: this code has expired; scan the code on the screen again.",
        elsewhere: "Pairing did not work: this code is for the address {address} of this computer; scan the code on the \
            screen again.",
        fresh_code: "Open Framekeep on the computer: its window shows a fresh code. Each code pairs one phone.",
        kept: "The photo was kept",
        kept_where: "It is in the folder of your name now.",
        another: "Send another photo",
        my_frames: "My frames",
    },
    Language {
        tag: "de",
        pairing: "Dieses Telefon wird gekoppelt",
        moment: "Einen Moment. Wenn nichts geschieht, drücken Sie den Knopf.",
        pair: "Dieses Telefon koppeln",
        scan_again: "Scannen Sie den Code noch einmal",
        unknown: "Das Koppeln ging nicht: Dieser Code ist nicht bekannt.",
        used: "Das Koppeln ging nicht: Dieser Code wurde schon benutzt.",
        expired: "Das Koppeln ging nicht: Dieser Code ist abgelaufen.",
        elsewhere: "Das Koppeln ging nicht: Dieser Code gilt für die Adresse {address} dieses Computers.",
        fresh_code: "Öffnen Sie Framekeep auf dem Computer: Sein Fenster zeigt einen frischen Code. Jeder Code koppelt \
            ein Telefon.",
        kept: "Das Foto wurde behalten",
        kept_where: "Es liegt jetzt im Ordner mit Ihrem Namen.",
        another: "Noch ein Foto senden",
        my_frames: "Meine Bilder",
    },
    Language {
        tag: "fr",
        pairing: "Association de ce téléphone",
        moment: "Un instant. Si rien ne se passe, appuyez sur le bouton.",
        pair: "Associer ce téléphone",
        scan_again: "Scannez de nouveau le code",
        unknown: "L’association n’a pas marché\u{a0}: ce code n’est pas connu.",
        used: "L’association n’a pas marché\u{a0}: ce code a déjà servi.",
        expired: "L’association n’a pas marché\u{a0}: ce code a expiré.",
        elsewhere: "L’association n’a pas marché\u{a0}: ce code vaut pour l’adresse {address} de cet ordinateur.",
        fresh_code: "Ouvrez Framekeep sur l’ordinateur\u{a0}: sa fenêtre montre un nouveau code. Chaque code associe un \
            seul téléphone.",
        kept: "La photo a été gardée",
        kept_where: "Elle est maintenant dans le dossier à votre nom.",
        another: "Envoyer une autre photo",
        my_frames: "Mes images",
    },
    Language {
        tag: "es",
        pairing: "Vinculando este teléfono",
        moment: "Un momento. Si no ocurre nada, pulsar el botón.",
        pair: "Vincular este teléfono",
        scan_again: "Hay que escanear el código de nuevo",
        unknown: "No se pudo vincular: este código no se conoce.",
        used: "No se pudo vincular: este código ya se usó.",
        expired: "No se pudo vincular: este código ha caducado.",
        elsewhere: "No se pudo vincular: este código es para la dirección {address} de este ordenador.",
        fresh_code: "Abrir Framekeep en el ordenador: su ventana muestra un código nuevo. Cada código vincula un solo \
            teléfono.",
        kept: "La foto se guardó",
        kept_where: "Ahora está en la carpeta con ese nombre.",
        another: "Enviar otra foto",
        my_frames: "Mis imágenes",
    },
    Language {
        tag: "it",
        pairing: "Associazione di questo telefono",
        moment: "Un momento. Se non succede nulla, premere il pulsante.",
        pair: "Associa questo telefono",
        scan_again: "Inquadrare di nuovo il codice",
        unknown: "Associazione non riuscita: questo codice non è conosciuto.",
        used: "Associazione non riuscita: questo codice è già stato usato.",
        expired: "Associazione non riuscita: questo codice è scaduto.",
        elsewhere: "Associazione non riuscita: questo codice vale per l’indirizzo {address} di questo computer.",
        fresh_code: "Aprire Framekeep sul computer: la sua finestra mostra un nuovo codice. Ogni codice associa un solo \
            telefono.",
        kept: "La foto è stata conservata",
        kept_where: "Ora è nella cartella con quel nome.",
        another: "Inviare un’altra foto",
        my_frames: "Le mie immagini",
    },
    Language {
        tag: "pt",
        pairing: "Associando este telefone",
        moment: "Um momento. Se nada acontecer, tocar no botão.",
        pair: "Associar este telefone",
        scan_again: "É preciso ler o código de novo",
        unknown: "Não foi possível associar: este código não é conhecido.",
        used: "Não foi possível associar: este código já foi usado.",
        expired: "Não foi possível associar: este código expirou.",
        elsewhere: "Não foi possível associar: este código é para o endereço {address} deste computador.",
        fresh_code: "Abrir o Framekeep no computador: a janela dele mostra um código novo. Cada código associa um só \
            telefone.",
        kept: "A foto foi guardada",
        kept_where: "Agora ela está na pasta com esse nome.",
        another: "Enviar outra foto",
        my_frames: "Minhas imagens",
    },
];

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use warp::http::HeaderValue;

    use super::*;

    fn of(wish: &str) -> &'static str {
        Language::of(&HeaderMap::from_iter([(ACCEPT_LANGUAGE, HeaderValue::from_str(wish).unwrap())])).tag
    }

    #[test]
    fn the_language_that_is_liked_best_and_is_there_is_spoken() {
        let table = [
            ("de-AT,de;q=0.9,en;q=0.8", "de"),
            ("ja, pt-BR;q=0.5, fr;q=0.7", "fr"),
            ("en;q=0.1,IT;q=0.2", "it"),
            ("es;q=0,en;q=0.1", "en"),
            ("ja,ko", "en"),
            ("*", "en"),
            ("", "en"),
            ("de;q=much", "en"),
            ("de;q=NaN", "en"),
        ];
        for (wish, tag) in table {
            assert_eq!(of(wish), tag, "{wish}");
        }
        assert_eq!(of(&"de,".repeat(1000)), "en", "nobody wishes for a thousand languages");
        assert_eq!(Language::of(&HeaderMap::new()).tag, "en");
    }

    #[test]
    fn no_language_leaves_a_text_empty_or_in_english() {
        let english = texts(&ALL[0]);
        for language in &ALL[1..] {
            for (text, english) in texts(language).iter().zip(&english) {
                assert!(!text.trim().is_empty() && text != english, "{}: {text}", language.tag);
            }
        }
    }

    fn texts(language: &Language) -> Vec<String> {
        let elsewhere = TicketError::Elsewhere(Ipv4Addr::new(10, 0, 0, 7).into());
        let errors = [TicketError::Unknown, TicketError::Used, TicketError::Expired, elsewhere];
        let mut texts: Vec<_> = errors.into_iter().flat_map(|error| language.refusal(error)).collect();
        assert!(texts.iter().any(|text| text.contains("10.0.0.7")), "{}", language.tag);
        texts.extend(language.photo().map(str::to_owned));
        texts.extend([language.pairing, language.moment, language.pair, language.scan_again].map(str::to_owned));
        texts
    }
}
