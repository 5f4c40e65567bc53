// @ts-check
/** German, in the polite form. What the entries mean stands in `en.js`. */

import { because, numbersOf, sentence } from './saying.js';

const { count, number, percent, size } = numbersOf('de', ['Byte', 'kB', 'MB', 'GB', 'TB']);

const TELL = 'sagen Sie es der Person am Computer';
const AGAIN = 'versuchen Sie es gleich noch einmal';
const SCAN = 'scannen Sie den Code auf dem Bildschirm des Computers noch einmal';

/** @type {typeof import('./en.js').en} */
export const de = {
  language: 'de',
  name: 'Deutsch',

  page: {
    brand: 'Framekeep',
    nameLabel: 'Ihr Name',
    nameHint: 'Die behaltenen Bilder kommen in einen Ordner mit diesem Namen.',
    promise:
      'Die Bilder dieses Telefons gehen an den Computer, dessen Code Sie gescannt haben, und sonst nirgendwohin. Er behält die, in denen sich etwas bewegt.',
    stepOpen: 'Öffnen Sie Framekeep auf dem Computer.',
    stepScan: 'Richten Sie die Kamera-App dieses Telefons auf den Code auf seinem Bildschirm.',
    stepTap: 'Tippen Sie auf den Link, der erscheint.',
    myFrames: 'Meine Bilder',
    rate: 'Bildrate',
    sent: 'gesendet',
    motion: 'bewegt',
    kept: 'behalten',
    livePicture: 'Live-Bild',
    backToCamera: 'Kamera',
    emptyTitle: 'Noch keine Bilder behalten',
    emptyText:
      'Starten Sie die Kamera und bewegen Sie etwas davor. Was sich bewegt, wird behalten und erscheint hier von selbst.',
    emptyLink: 'Zur Kamera',
    notPairedTitle: 'Zuerst den Code scannen',
    notPairedText:
      'Dieser Browser ist nicht gekoppelt. Öffnen Sie Framekeep auf dem Computer und scannen Sie den Code auf seinem Bildschirm mit der Kamera-App dieses Telefons.',
    namelessTitle: 'Zuerst Ihr Name',
    namelessText:
      'Gehen Sie zur Kamera, geben Sie Ihren Namen ein und drücken Sie Kamera starten. Was unter ihm behalten wird, erscheint hier.',
    language: 'Sprache',
    framesTitle: 'Meine Bilder · Framekeep',
    watchTitle: 'Alle Kameras · Framekeep',
    photoTitle: 'Foto senden · Framekeep',
    photo: 'Foto senden',
    photoText:
      'Es geht durch denselben Bewegungsmelder wie eine laufende Kamera, auf dem Computer, dessen Code Sie gescannt haben, und in den Ordner mit Ihrem Namen. Sonst ist auf dieser Seite nichts nötig, nicht einmal JavaScript.',
    photoNameHint: 'Lassen Sie das Feld leer, um unter dem Namen zu senden, den dieses Telefon hat.',
    photoField: 'Bild',
    photoSend: 'Foto abschicken',
    photoCamera: 'Stattdessen mit der Kamera filmen',
    close: 'Schließen',
    earlier: 'Früheres Bild',
    later: 'Späteres Bild',
    download: 'Laden',
    remove: 'Löschen',
    undo: 'Rückgängig',
    allCameras: 'Alle Kameras',
    keptFrames: 'Behaltene Bilder',
    filmHere: 'Mit diesem Gerät filmen',
    trustOnce: 'Diesem Computer einmal vertrauen, dann kommt keine Warnung mehr',
    play: 'Abspielen',
    withSound: 'Mit Ton',
    recordingVideo: 'Videoaufnahme',
    peak: 'Höhepunkt',
  },

  buttons: {
    start: 'Kamera starten',
    stop: 'Kamera stoppen',
    record: 'Video aufnehmen',
    stopRecording: 'Aufnahme beenden',
    frontInUse: 'Kamera vorn in Gebrauch, zur Kamera hinten wechseln',
    backInUse: 'Kamera hinten in Gebrauch, zur Kamera vorn wechseln',
    front: 'Kamera vorn',
    back: 'Kamera hinten',
    newFrames: (n) => count(n, 'neues Bild', 'neue Bilder'),
    playEvent: (span) => `Die Bilder von ${span} abspielen`,
    downloadEvent: (span) => `Die Bilder von ${span} als eine Datei sichern`,
    deleteEvent: (span) => `Die Bilder von ${span} entfernen`,
    filmEvent: (span) => `Aus den Bildern von ${span} einen Film machen`,
    filmDay: 'Film des Tages',
    downloadAll: 'Alle sichern',
    play: 'Abspielen',
    pause: 'Anhalten',
    open: (when, peak) => `Das Bild von ${when} öffnen${peak ? ', Höhepunkt seines Ereignisses' : ''}`,
  },

  sign: { filming: 'Aufnahme', off: 'Filmt nicht', paused: 'Pausiert' },

  states: { motion: 'Bewegung', still: 'Ruhe', blind: 'Blind', problem: 'Problem', idle: 'Bereit' },

  rates: {
    name: (intervalMs) =>
      intervalMs > 1000 ? `1 alle ${Math.round(intervalMs / 1000)} s` : `${Math.round(1000 / intervalMs)} pro s`,
  },

  status: {
    asking: () => ({ what: 'Der Computer wird gefragt, wer dieses Telefon ist …' }),
    ready: () => ({ what: 'Bereit.', todo: 'Drücken Sie Kamera starten.' }),
    readyNameless: () => ({ what: 'Bereit.', todo: 'Geben Sie Ihren Namen ein und drücken Sie Kamera starten.' }),
    starting: () => ({ what: 'Die Kamera wird geöffnet …', todo: 'Erlauben Sie es, wenn das Telefon fragt.' }),
    claiming: () => ({ what: 'Der Computer erfährt Ihren Namen …' }),
    firstFrame: () => ({ what: 'Die Kamera ist an. Das erste Bild wird gesendet …' }),
    motion: () => ({ what: 'Bewegung: Etwas bewegt sich.' }),
    still: () => ({ what: 'Ruhe: Nichts bewegt sich.' }),
    warming_up: () => ({ what: 'Ruhe: Der Hintergrund wird gelernt.' }),
    too_small: () => ({ what: 'Ruhe: Was sich bewegt, ist zu klein.' }),
    too_large: () => ({
      what: 'Ruhe: Das ganze Bild hat sich verändert.',
      todo: 'Legen Sie das Telefon so hin, dass es sich nicht bewegt.',
    }),
    light_changed: () => ({ what: 'Ruhe: Das Licht hat sich verändert.' }),
    camera_moved: () => ({
      what: 'Ruhe: Die Kamera hat sich bewegt.',
      todo: 'Legen Sie das Telefon so hin, dass es sich nicht bewegt.',
    }),
    outside_zones: () => ({ what: 'Ruhe: Die Bewegung ist außerhalb der beobachteten Zonen.' }),
    not_long_enough: () => ({ what: 'Ruhe: Etwas hat begonnen, sich zu bewegen.' }),
    stopped: () => ({ what: 'Gestoppt. Es wird nichts gefilmt und nichts gesendet.' }),

    insecure: () => ({
      what: 'Diese Seite kommt an keine Kamera.',
      todo: 'Öffnen Sie ihre https-Adresse in Safari oder Chrome, oder senden Sie einzelne Fotos.',
      link: { text: 'Foto senden', href: '/upload' },
    }),
    unpaired: () => ({
      what: 'Dieses Telefon ist nicht gekoppelt.',
      todo: 'Scannen Sie den Code auf dem Bildschirm des Computers mit der Kamera-App.',
    }),
    revoked: () => ({
      what: 'Dieses Telefon wurde am Computer entfernt.',
      todo: 'Um weiterzumachen, scannen Sie den Code auf dem Bildschirm des Computers noch einmal.',
    }),
    hidden: () => ({
      what: 'Pausiert: Diese Seite ist im Hintergrund.',
      todo: 'Lassen Sie die Seite offen und den Bildschirm an, damit weiter gefilmt wird.',
    }),
    gone: () => ({
      what: 'Der Computer antwortet nicht. Neuer Versuch …',
      todo: 'Prüfen Sie, ob Framekeep läuft und dieses Telefon im selben WLAN ist. Die Bilder dieser Zeit warten auf diesem Telefon.',
    }),
    noNetwork: () => ({
      what: 'Dieses Telefon hat kein Netz.',
      todo: 'Verbinden Sie es mit dem WLAN des Computers. Die Bilder dieser Zeit warten auf diesem Telefon.',
    }),
    back: () => ({ what: 'Der Computer ist wieder da. Es geht weiter.' }),
    failing: (message) => ({
      what: sentence(message || 'der Computer hat mit einem Fehler geantwortet'),
      todo: 'Es wird von selbst wieder versucht. Bleibt es so, sagen Sie es der Person am Computer.',
    }),

    denied: () => ({
      what: 'Die Kamera ist für diese Seite nicht erlaubt.',
      todo: 'Erlauben Sie die Kamera in den Einstellungen des Browsers für diese Seite (das Zeichen links von der Adresse) und drücken Sie dann Kamera starten.',
    }),
    missing: () => ({
      what: 'Dieses Gerät hat keine Kamera.',
      todo: 'Schließen Sie eine an, oder senden Sie einzelne Fotos.',
      link: { text: 'Foto senden', href: '/upload' },
    }),
    busy: () => ({
      what: 'Eine andere App benutzt die Kamera.',
      todo: 'Schließen Sie diese App und drücken Sie dann Kamera starten.',
    }),
    failed: (reason) => ({
      what: sentence(`Die Kamera ist nicht angegangen${reason ? `: ${reason}` : ''}`),
      todo: 'Drücken Sie noch einmal Kamera starten. Bleibt es so, schließen Sie andere Apps, die die Kamera benutzen.',
    }),
    taken: () => ({
      what: 'Die Kamera ist weg: Eine andere App hat sie genommen, oder sie wurde ausgesteckt.',
      todo: 'Schließen Sie die andere App und drücken Sie Kamera starten.',
    }),
    takenRetrying: () => ({
      what: 'Die Kamera ist weg: Eine andere App hat sie genommen, oder sie wurde ausgesteckt.',
      todo: 'Schließen Sie die andere App. Die Seite versucht es von selbst, bis Sie Kamera stoppen drücken.',
    }),
    muted: () => ({
      what: 'Das Telefon hat die Kamera angehalten, vielleicht für einen Anruf.',
      todo: 'Es geht von selbst weiter, wenn die Kamera frei ist.',
    }),
    stalled: () => ({
      what: 'Die Kamera liefert keine Bilder.',
      todo: 'Bleibt es so, drücken Sie Kamera stoppen und Kamera starten.',
    }),

    asked: (name) => ({
      what: `Der Name ${name} ist vergeben. Warten auf die Zustimmung am Computer …`,
      todo: 'Stimmen Sie im Fenster auf dem Computer zu, oder geben Sie einen anderen Namen ein.',
    }),
    granted: (name) => ({ what: `Am Computer wurde zugestimmt: Sie sind ${name}.`, todo: 'Drücken Sie Kamera starten.' }),
    refused: (name) => ({
      what: `Am Computer wurde Ihnen der Name ${name} nicht gegeben.`,
      todo: 'Geben Sie einen anderen Namen ein.',
    }),
    badName: (message, todo) => ({
      what: sentence(message || 'dieser Name geht nicht'),
      todo: sentence(todo || 'geben Sie einen anderen Namen ein'),
    }),
    nameFailed: (message, todo) => ({
      what: sentence(`Ihr Name hat den Computer nicht erreicht: ${message || 'er hat mit einem Fehler geantwortet'}`),
      todo: sentence(todo || 'drücken Sie noch einmal Kamera starten'),
    }),
    nameLost: () => ({
      what: 'Dieses Telefon hat keinen Namen mehr.',
      todo: 'Geben Sie Ihren Namen ein und drücken Sie Kamera starten.',
    }),
    nameMissing: () => ({ what: 'Ihr Name fehlt.', todo: 'Geben Sie ihn ein und drücken Sie Kamera starten.' }),

    notSaved: (message, todo) => ({
      what: sentence(`Es werden keine Bilder behalten: ${message || 'der Computer konnte sie nicht speichern'}`),
      todo: sentence(todo || `${TELL}; gefilmt wird weiter, und behalten wird von selbst wieder`),
    }),
    overload: (seconds) => ({
      what: `Der Computer ist ausgelastet. Gesendet wird wieder in ${count(seconds, 'Sekunde', 'Sekunden')}.`,
      todo: 'Eine niedrigere Bildrate hilft.',
    }),
    frameRefused: (message, todo) => ({
      what: sentence(`Der Computer hat ein Bild abgelehnt${message ? `: ${message}` : ''}`),
      todo: sentence(todo || 'gefilmt wird weiter; bleibt es so, drücken Sie Kamera stoppen und Kamera starten'),
    }),
    problem: (what, todo) => ({ what: sentence(what), todo: todo ? sentence(todo) : undefined }),
  },

  number,
  size,
  percent,

  notes: {
    skipped: (n) => `Das Netz ist langsam: ${count(n, 'Bild', 'Bilder')} für neuere ausgelassen.`,
    waiting: (n, bytes, cap) =>
      `${count(n, 'Bild wartet', 'Bilder warten')} auf diesem Telefon auf das Senden: ${size(bytes)} von höchstens ${size(cap)}. Darüber hinaus gehen die ältesten verloren.`,
    dropped: (n) =>
      `Dieses Telefon hatte keinen Platz mehr für ${count(n, 'Bild', 'Bilder')}, während der Computer weg war: Die ältesten sind verloren.`,
    refused: (n) =>
      `${count(n, 'Bild', 'Bilder')} nicht aufbewahrt: vom Computer abgelehnt oder von diesem Browser verloren.`,
    noWakeLock:
      'Dieser Browser kann den Bildschirm nicht anlassen. Stellen Sie das Telefon so ein, dass es sich nicht von selbst sperrt.',
  },

  ledger: {
    today: (parts) => `Heute: ${parts.join(', ')}.`,
    watched: (time) => `beobachtet ${time}`,
    recorded: (time) => `aufgezeichnet ${time}`,
    blind: (time, reasons) => `blind ${time} (${reasons.join(', ')})`,
    part: (reason, time) => `${reason} ${time}`,
    others: 'anderes',
    hours: (n) => `${n} h`,
    minutes: (n) => `${n} min`,
    seconds: (n) => `${n} s`,
    reasons: {
      stopped: 'gestoppt',
      starting: 'startet',
      not_found: 'keine Kamera',
      only_others: 'keine Kamera',
      unplugged: 'ausgesteckt',
      busy: 'Kamera in Gebrauch',
      no_permission: 'nicht erlaubt',
      stalled: 'keine Bilder',
      frozen: 'eingefrorenes Bild',
      unsupported: 'unbekanntes Format',
      file: 'Datei zu Ende',
      corrupt: 'beschädigte Bilder',
      silent: 'nichts gehört',
      page_hidden: 'Seite im Hintergrund',
      taken: 'Kamera weggenommen',
      muted: 'Kamera angehalten',
      left: 'gestoppt',
      other: 'Fehler',
      overloaded: 'Computer ausgelastet',
      disk_full: 'Speicher voll',
      not_kept: 'nicht gespeichert',
      not_running: 'Framekeep lief nicht',
      offline: 'ohne Netz',
      battery: 'Akku leer',
      computer_asleep: 'Computer im Ruhezustand',
    },
  },

  record: {
    waits: (waiting, cap) => `${waiting} warten auf das Senden; höchstens ${cap}.`,
    full: (cap) => `Aufnahme beendet, weil ${cap} auf das Senden warten. Was aufgenommen wurde, bleibt und wird gesendet.`,
    noRoom:
      'Aufnahme beendet, weil dieser Browser keinen Platz mehr hat. Was aufgenommen wurde, wird gesendet; lassen Sie diese Seite offen.',
    notLasting: 'Dieser Browser behält nichts: Was wartet, ist verloren, wenn diese Seite geschlossen wird.',
    sent: 'Die Aufnahme ist auf dem Computer.',
    soundRefused: 'Aufnahme ohne Ton: Das Mikrofon ist für diese Seite nicht erlaubt.',
    soundMissing: 'Aufnahme ohne Ton: Kein Mikrofon kann benutzt werden.',
    empty: 'Dieser Browser hat kein Video geliefert: Es wurde nichts aufgenommen.',
    impossible: 'Dieser Browser kann diese Kamera nicht aufnehmen.',
    deleted: 'Die Aufnahme wurde auf dem Computer gelöscht.',
    incomplete: 'Ein Teil der Aufnahme fehlt. Was da ist, wurde behalten.',
    otherName: (name) => `Eine Aufnahme von ${name} wartet. Sie wird gesendet, wenn dieses Telefon wieder so heißt.`,
    refused: (why) => `Der Computer hat die Aufnahme abgelehnt. ${why}`,
    held: (why) => `Die Aufnahme wartet auf diesem Telefon. ${why}`,
  },

  videos: {
    title: 'Aufnahmen',
    usage: (n, bytes) => `${count(n, 'Aufnahme', 'Aufnahmen')} · ${bytes}`,
    coming: 'kommt noch',
    incomplete: 'nicht vollständig',
    unplayable: 'Dieser Browser kann dieses Video nicht abspielen. Laden Sie es herunter, um es anderswo abzuspielen.',
    play: (when) => `Die Aufnahme von ${when} abspielen`,
    download: (when) => `Die Aufnahme von ${when} herunterladen`,
    remove: (when) => `Die Aufnahme von ${when} löschen`,
    deleted: 'Aufnahme gelöscht.',
    restored: 'Aufnahme wiederhergestellt.',
    notDeleted: (why) => `Die Aufnahme wurde nicht gelöscht. ${why}`,
    notRestored: (why) => `Die Aufnahme ließ sich nicht zurückholen. ${why}`,
    more: 'Frühere Aufnahmen',
    timeline: 'Zeitleiste der Aufnahme',
    /** @param {string} at */
    movesAt: (at) => `Bei ${at} bewegt sich etwas`,
    missing: {
      /** @param {string} has @param {string} told */
      time: (has, told) => `Das Ende fehlt: ${has} von ${told} konnten gerettet werden.`,
      /** @param {string} from @param {string} to */
      gap: (from, to) => `Von ${from} bis ${to} gibt es kein Bild.`,
      /** @param {number} n */
      frames: (n) => `${count(n, 'Bild ist beschädigt und fehlt', 'Bilder sind beschädigt und fehlen')}.`,
      sound: 'Der Ton konnte nicht gerettet werden.',
      /** @param {number} n */
      tracks: (n) => `${count(n, 'weiteres Bild oder weiterer Ton steht', 'weitere Bilder oder Töne stehen')} nur in der Datei, wie sie kam.`,
      motion: 'Nicht überall darin konnte nach Bewegung gesucht werden.',
      damaged: 'Ein Teil davon ist beschädigt.',
    },
  },

  films: {
    title: 'Filme',
    timelapse: 'Zeitraffer',
    selection: 'Ausgewählte Bilder',
    masked: 'Was der Detektor sieht',
    drawn: 'Ereignis mit Markierungen',
    mask: 'Film davon, was der Detektor sieht',
    play: (name) => `Abspielen: ${name}`,
    download: (name) => `Herunterladen: ${name}`,
    remove: (name) => `Löschen: ${name}`,
    ordered: 'Der Film wird gemacht. Er erscheint unter Filme.',
    made: 'Der Film ist fertig.',
    notOrdered: (why) => `Der Film wurde nicht bestellt. ${why}`,
    deleted: 'Film gelöscht.',
    restored: 'Film wiederhergestellt.',
    notDeleted: (why) => `Der Film wurde nicht gelöscht. ${why}`,
    notRestored: (why) => `Der Film ließ sich nicht zurückholen. ${why}`,
    more: 'Frühere Filme',
  },

  gallery: {
    title: 'Meine Bilder',
    today: 'Heute',
    yesterday: 'Gestern',
    usage: (n, bytes) => `${count(n, 'Bild', 'Bilder')} · ${bytes}`,
    event: (span, n) => `${span} · ${count(n, 'Bild', 'Bilder')}`,
    deleted: (n) => (n === 1 ? 'Bild gelöscht.' : `${count(n, 'Bild', 'Bilder')} gelöscht.`),
    restored: (n) => (n === 1 ? 'Bild wiederhergestellt.' : `${count(n, 'Bild', 'Bilder')} wiederhergestellt.`),
    notDeleted: (why) => `Nicht gelöscht. ${why}`,
    tooLate: 'Sie wurden vor mehr als zehn Minuten gelöscht.',
    notRestored: (n, why) =>
      n === 1 ? `Das Bild ließ sich nicht zurückholen. ${why}` : `Einige Bilder ließen sich nicht zurückholen. ${why}`,
    loading: 'Wird geladen …',
    loadFailed: 'Die Bilder konnten nicht geladen werden. Neuer Versuch …',
    gonePicture: 'Dieses Bild ist nicht mehr da.',
    score: (share) => `${share} in Bewegung`,
  },

  watch: {
    asking: 'Der Computer wird gefragt …',
    noCameras: 'Noch ist keine Kamera an. Sie erscheint hier von selbst.',
    noFrames: 'Noch keine Bilder behalten.',
    notPaired:
      'Dieser Browser ist nicht gekoppelt oder wurde am Computer entfernt. Scannen Sie einen Code auf dem Bildschirm des Computers.',
    gone: 'Der Computer antwortet nicht. Neuer Versuch …',
    live: (camera) => `Live-Bild von ${camera}`,
    frame: (camera, when) => `Bild von ${camera}, ${when}`,
  },

  because,

  errors: {
    unreachable: 'Der Computer antwortet nicht.',
    unknown: 'Der Computer hat mit einem Fehler geantwortet.',
  },

  server: {
    no_session: { what: 'dieser Browser ist nicht gekoppelt', todo: SCAN },
    unknown_session: { what: 'dieser Browser ist nicht mehr gekoppelt', todo: SCAN },
    no_user: { what: 'dieses Gerät hat noch keinen Namen', todo: 'geben Sie zuerst Ihren Namen ein' },
    name_asked: {
      what: 'der Name ist vergeben, und am Computer wurde noch nicht zugestimmt',
      todo: 'warten Sie auf die Zustimmung, oder wählen Sie einen anderen Namen',
    },
    operator_only: { what: 'das darf nur die Person am Computer', todo: 'benutzen Sie das Fenster auf dem Computer' },
    viewer_only: {
      what: 'dieses Gerät darf nur zusehen',
      todo: 'scannen Sie mit einem anderen Browser den Code für eine Kamera',
    },
    cross_origin: {
      what: 'die Anfrage kam nicht von einer Seite dieses Computers',
      todo: 'öffnen Sie die Seite unter der Adresse des Computers',
    },
    wrong_host: {
      what: 'dieser Computer heißt nicht so',
      todo: 'nehmen Sie die Adresse unter dem Code auf dem Bildschirm des Computers',
    },
    not_found: { what: 'hier ist nichts, was dieses Gerät sehen darf', todo: 'vielleicht wurde es gelöscht' },
    file_gone: { what: 'die Datei liegt nicht mehr im Ordner', todo: TELL },
    too_slow: { what: 'die Übertragung war zu langsam', todo: AGAIN },
    broken_off: { what: 'die Übertragung ist abgebrochen', todo: AGAIN },
    local_camera: {
      what: 'die Kamera des Computers heißt schon so',
      todo: 'wählen Sie einen anderen Namen',
    },
    private_zone: {
      what: 'ein Teil des Bildes ist privat, und ein Video lässt sich nicht schwärzen',
      todo: 'filmen Sie ohne Video, oder lassen Sie die Zone am Computer entfernen',
    },
    contradiction: { what: 'auf dem Computer liegt unter dieser Nummer etwas anderes', todo: TELL },
    deleted: { what: 'die Aufnahme wurde gelöscht', todo: 'holen Sie sie binnen zehn Minuten zurück, oder nehmen Sie neu auf' },
    too_large: { what: 'das ist zu groß', todo: 'senden Sie ein kleineres Bild' },
    not_a_picture: { what: 'das ist kein Bild, das der Computer lesen kann', todo: 'senden Sie ein JPEG-, PNG- oder WebP-Bild' },
    not_a_video: { what: 'das ist kein Video, das der Computer lesen kann', todo: 'nehmen Sie mit einem anderen Browser auf' },
    bad_size: { what: 'das Bild ist zu klein oder zu groß', todo: 'senden Sie ein Bild anderer Größe' },
    bad_time: { what: 'die Zeit der Aufnahme kann nicht stimmen', todo: 'stellen Sie die Uhr dieses Geräts' },
    bad_name: {
      what: 'dieser Name geht nicht',
      todo: 'nehmen Sie höchstens 40 Buchstaben, Ziffern, Leerzeichen und - _ . \'',
    },
    undecodable: { what: 'das Bild ist beschädigt', todo: 'senden Sie es noch einmal' },
    wrong_checksum: { what: 'ein Stück kam beschädigt an', todo: 'es wird noch einmal gesendet' },
    bad_cursor: { what: 'die Liste passt nicht mehr', todo: 'laden Sie die Seite neu' },
    too_often: { what: 'das waren zu viele Anfragen', todo: AGAIN },
    too_many: { what: 'dieses Gerät hat zu vieles zugleich offen', todo: 'schließen Sie andere Seiten von Framekeep' },
    too_many_cameras: { what: 'es sind schon zu viele Kameras verbunden', todo: 'stoppen Sie eine andere, oder versuchen Sie es später' },
    too_many_recordings: { what: 'es laufen schon zu viele Aufnahmen', todo: 'beenden oder löschen Sie zuerst eine andere' },
    busy: { what: 'der Computer ist noch beschäftigt', todo: 'eine niedrigere Bildrate hilft' },
    internal: { what: 'in Framekeep ist etwas schiefgegangen', todo: `${AGAIN}; bleibt es so, ${TELL}` },
    library: { what: 'der Ordner der Bilder lässt sich nicht lesen oder schreiben', todo: TELL },
    access: { what: 'die Liste der Geräte lässt sich nicht lesen oder schreiben', todo: TELL },
    lost: { what: 'das Bild ging im Computer verloren', todo: AGAIN },
    closing: { what: 'Framekeep wird beendet', todo: 'versuchen Sie es, wenn es wieder läuft' },
    crowded: { what: 'es kommen zu viele Bilder zugleich an', todo: AGAIN },
    no_disk: { what: 'der Datenträger der Bilder antwortet nicht', todo: AGAIN },
    no_answer: {
      what: 'es ist noch nicht bekannt, was aus dem Bild wurde',
      todo: 'sehen Sie später unter Meine Bilder nach; eine niedrigere Bildrate hilft',
    },
    too_many_devices: { what: 'es sind zu viele Geräte gekoppelt', todo: 'lassen Sie am Computer solche entfernen, die niemand benutzt' },
    not_saved: {
      what: 'der Datenträger ist voll, oder der Ordner ist nicht erreichbar',
      todo: `${TELL}; gefilmt wird weiter`,
    },
    not_stored: {
      what: 'der Computer kann sie jetzt nicht speichern',
      todo: `sie wird später wieder gesendet; ${TELL}`,
    },
  },

  problems: {
    recorder: { what: 'eine Aufnahme ist unterbrochen', todo: TELL },
    clips: { what: 'Filme von Ereignissen können nicht gemacht werden', todo: TELL },
    ffmpeg: {
      what: 'Aufnahmen werden aufbewahrt, können aber noch nicht zum Abspielen vorbereitet werden',
      todo: 'bitten Sie die Person am Computer, ffmpeg zu installieren',
    },
    store: { what: 'Aufnahmen werden aufbewahrt, können aber noch nicht zum Abspielen vorbereitet werden', todo: TELL },
    disk_full: { what: 'der Datenträger der Bilder ist voll', todo: 'bitten Sie die Person am Computer, dort Platz zu schaffen' },
    save_folder: {
      what: 'der Ordner der Bilder ist nicht erreichbar',
      todo: 'bitten Sie die Person am Computer, ihn zurückzubringen oder einen anderen zu wählen',
    },
    index: { what: 'neue Bilder werden behalten, aber die Listen zeigen sie nicht', todo: TELL },
    frames_lost: { what: 'Bilder können nicht behalten werden und gehen verloren', todo: TELL },
    server: { what: 'der Dienst für Telefone hat ein Problem', todo: TELL },
    settings: { what: 'eine Einstellung des Computers ließ sich nicht ändern', todo: TELL },
    command: { what: 'etwas, das am Computer verlangt wurde, ist misslungen', todo: TELL },
    internal: { what: 'ein Teil von Framekeep hat einen Fehler', todo: TELL },
  },
};
