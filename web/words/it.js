// @ts-check
/** Italian, without addressing the reader as `tu` or `Lei` where that can be avoided. What the entries mean stands in `en.js`. */

import { because, numbersOf, sentence } from './saying.js';

const { count, form, number, percent, size } = numbersOf('it', ['byte', 'kB', 'MB', 'GB', 'TB']);

const TELL = 'avvisare chi gestisce il computer';
const AGAIN = 'riprovare tra un momento';
const SCAN = 'inquadrare di nuovo il codice sullo schermo del computer';

/** @type {typeof import('./en.js').en} */
export const it = {
  language: 'it',
  name: 'Italiano',

  page: {
    brand: 'Framekeep',
    nameLabel: 'Nome',
    nameHint: 'Le immagini conservate vanno in una cartella con questo nome.',
    promise:
      'Le immagini di questo telefono vanno al computer di cui è stato inquadrato il codice, e in nessun altro posto. Conserva quelle in cui qualcosa si muove.',
    stepOpen: 'Aprire Framekeep sul computer.',
    stepScan: 'Inquadrare con la fotocamera di questo telefono il codice sul suo schermo.',
    stepTap: 'Toccare il link che appare.',
    myFrames: 'Le mie immagini',
    rate: 'Frequenza',
    sent: 'inviate',
    motion: 'movimento',
    kept: 'conservate',
    livePicture: 'Immagine dal vivo',
    backToCamera: 'Fotocamera',
    emptyTitle: 'Nessuna immagine conservata',
    emptyText:
      'Basta avviare la fotocamera e muovere qualcosa davanti. Ciò che si muove viene conservato e appare qui da solo.',
    emptyLink: 'Vai alla fotocamera',
    notPairedTitle: 'Prima inquadrare il codice',
    notPairedText:
      'Questo browser non è associato. Aprire Framekeep sul computer e inquadrare il codice sul suo schermo con la fotocamera di questo telefono.',
    namelessTitle: 'Prima il nome',
    namelessText:
      'Nella pagina della fotocamera, scrivere il nome e premere Avvia fotocamera. Ciò che viene conservato con quel nome appare qui.',
    language: 'Lingua',
    framesTitle: 'Le mie immagini · Framekeep',
    watchTitle: 'Tutte le fotocamere · Framekeep',
    photoTitle: 'Inviare una foto · Framekeep',
    photo: 'Inviare una foto',
    photoText:
      'Passa per lo stesso rilevatore di movimento di una fotocamera dal vivo, sul computer di cui è stato inquadrato il codice, e va nella cartella con quel nome. In questa pagina non serve altro, nemmeno JavaScript.',
    photoNameHint: 'Se resta vuoto, la foto parte con il nome che ha questo telefono.',
    photoField: 'Immagine',
    photoSend: 'Invia foto',
    photoCamera: 'Usare la fotocamera dal vivo',
    close: 'Chiudi',
    earlier: 'Immagine precedente',
    later: 'Immagine successiva',
    download: 'Scarica',
    remove: 'Elimina',
    undo: 'Annulla',
    allCameras: 'Tutte le fotocamere',
    keptFrames: 'Immagini conservate',
    filmHere: 'Riprendere con questo dispositivo',
    trustOnce: 'Fidarsi una volta di questo computer, e non appare più alcun avviso',
    play: 'Guarda',
    withSound: 'Con audio',
    recordingVideo: 'Video in corso',
    peak: 'Culmine',
  },

  buttons: {
    start: 'Avvia fotocamera',
    stop: 'Ferma fotocamera',
    record: 'Registra video',
    stopRecording: 'Ferma video',
    frontInUse: 'Fotocamera anteriore in uso, passa a quella posteriore',
    backInUse: 'Fotocamera posteriore in uso, passa a quella anteriore',
    front: 'Anteriore',
    back: 'Posteriore',
    newFrames: (n) => count(n, 'nuova immagine', 'nuove immagini'),
    playEvent: (span) => `Riproduci le immagini di ${span}`,
    downloadEvent: (span) => `Salva le immagini di ${span} in un solo file`,
    deleteEvent: (span) => `Togli le immagini di ${span}`,
    filmEvent: (span) => `Crea un filmato con le immagini di ${span}`,
    filmDay: 'Filmato del giorno',
    downloadAll: 'Salva tutto',
    play: 'Riproduci',
    pause: 'Pausa',
    open: (when, peak) => `Apri l’immagine di ${when}${peak ? ', culmine del suo evento' : ''}`,
  },

  sign: { filming: 'In ripresa', off: 'Non riprende', paused: 'In pausa' },

  states: { motion: 'Movimento', still: 'Fermo', blind: 'Non vede', problem: 'Problema', idle: 'Pronto' },

  rates: {
    name: (intervalMs) =>
      intervalMs > 1000 ? `1 ogni ${Math.round(intervalMs / 1000)} s` : `${Math.round(1000 / intervalMs)} al s`,
  },

  status: {
    asking: () => ({ what: 'Si chiede al computer chi è questo telefono…' }),
    ready: () => ({ what: 'Pronto.', todo: 'Premere Avvia fotocamera.' }),
    readyNameless: () => ({ what: 'Pronto.', todo: 'Scrivere il nome e premere Avvia fotocamera.' }),
    starting: () => ({ what: 'Apertura della fotocamera…', todo: 'Consentirla se il telefono lo chiede.' }),
    claiming: () => ({ what: 'Invio del nome al computer…' }),
    firstFrame: () => ({ what: 'La fotocamera è accesa. Invio della prima immagine…' }),
    motion: () => ({ what: 'Movimento: qualcosa si muove.' }),
    still: () => ({ what: 'Fermo: non si muove nulla.' }),
    warming_up: () => ({ what: 'Fermo: si impara com’è lo sfondo.' }),
    too_small: () => ({ what: 'Fermo: ciò che si muove è troppo piccolo.' }),
    too_large: () => ({
      what: 'Fermo: è cambiata tutta l’immagine.',
      todo: 'Posare il telefono dove non si muove.',
    }),
    light_changed: () => ({ what: 'Fermo: è cambiata la luce.' }),
    camera_moved: () => ({ what: 'Fermo: si è mossa la fotocamera.', todo: 'Posare il telefono dove non si muove.' }),
    outside_zones: () => ({ what: 'Fermo: si muove fuori dalle zone sorvegliate.' }),
    not_long_enough: () => ({ what: 'Fermo: qualcosa ha iniziato a muoversi.' }),
    stopped: () => ({ what: 'Fermato. Non si riprende e non si invia nulla.' }),

    insecure: () => ({
      what: 'Questa pagina non può usare alcuna fotocamera.',
      todo: 'Aprire il suo indirizzo https in Safari o Chrome, oppure inviare singole foto.',
      link: { text: 'Inviare una foto', href: '/upload' },
    }),
    unpaired: () => ({
      what: 'Questo telefono non è associato.',
      todo: 'Inquadrare con la fotocamera il codice sullo schermo del computer.',
    }),
    revoked: () => ({
      what: 'Questo telefono è stato rimosso sul computer.',
      todo: 'Per continuare, inquadrare di nuovo il codice sullo schermo del computer.',
    }),
    hidden: () => ({
      what: 'In pausa: questa pagina è in secondo piano.',
      todo: 'Tenerla aperta e lo schermo acceso per continuare a riprendere.',
    }),
    gone: () => ({
      what: 'Il computer non risponde. Nuovo tentativo…',
      todo: 'Controllare che Framekeep sia in funzione e che questo telefono sia nella stessa rete Wi-Fi. Le immagini di questo periodo aspettano su questo telefono.',
    }),
    noNetwork: () => ({
      what: 'Questo telefono non ha rete.',
      todo: 'Collegarlo al Wi-Fi del computer. Le immagini di questo periodo aspettano su questo telefono.',
    }),
    back: () => ({ what: 'Il computer è tornato. Si continua.' }),
    failing: (message) => ({
      what: sentence(message || 'il computer ha risposto con un errore'),
      todo: 'Si riprova automaticamente. Se continua, avvisare chi gestisce il computer.',
    }),

    denied: () => ({
      what: 'La fotocamera non è consentita per questa pagina.',
      todo: 'Consentire la fotocamera nelle impostazioni del browser per questa pagina (il segno a sinistra dell’indirizzo), poi premere Avvia fotocamera.',
    }),
    missing: () => ({
      what: 'Questo dispositivo non ha una fotocamera.',
      todo: 'Collegarne una, oppure inviare singole foto.',
      link: { text: 'Inviare una foto', href: '/upload' },
    }),
    busy: () => ({
      what: 'Un’altra app usa la fotocamera.',
      todo: 'Chiudere quell’app, poi premere Avvia fotocamera.',
    }),
    failed: (reason) => ({
      what: sentence(`La fotocamera non si è avviata${reason ? `: ${reason}` : ''}`),
      todo: 'Premere di nuovo Avvia fotocamera. Se continua, chiudere le altre app che usano la fotocamera.',
    }),
    taken: () => ({
      what: 'La fotocamera non c’è più: un’altra app l’ha presa, o è stata scollegata.',
      todo: 'Chiudere l’altra app e premere Avvia fotocamera.',
    }),
    takenRetrying: () => ({
      what: 'La fotocamera non c’è più: un’altra app l’ha presa, o è stata scollegata.',
      todo: 'Chiudere l’altra app. La pagina riprova da sola finché non si preme Ferma fotocamera.',
    }),
    muted: () => ({
      what: 'Il telefono ha messo in pausa la fotocamera, forse per una chiamata.',
      todo: 'Riprende da sola quando la fotocamera è libera.',
    }),
    stalled: () => ({
      what: 'La fotocamera non dà immagini.',
      todo: 'Se continua, premere Ferma fotocamera e poi Avvia fotocamera.',
    }),

    asked: (name) => ({
      what: `Il nome ${name} è già in uso. In attesa del consenso sul computer…`,
      todo: 'Dare il consenso nella finestra sul computer, oppure scrivere un altro nome.',
    }),
    granted: (name) => ({ what: `Consenso dato: il nome è ${name}.`, todo: 'Premere Avvia fotocamera.' }),
    refused: (name) => ({ what: `Il nome ${name} non è stato concesso.`, todo: 'Scrivere un altro nome.' }),
    badName: (message, todo) => ({
      what: sentence(message || 'questo nome non si può usare'),
      todo: sentence(todo || 'scrivere un altro nome'),
    }),
    nameFailed: (message, todo) => ({
      what: sentence(`Il nome non è arrivato al computer: ${message || 'ha risposto con un errore'}`),
      todo: sentence(todo || 'premere di nuovo Avvia fotocamera'),
    }),
    nameLost: () => ({
      what: 'Questo telefono non ha più un nome.',
      todo: 'Scrivere il nome e premere Avvia fotocamera.',
    }),
    nameMissing: () => ({ what: 'Manca il nome.', todo: 'Scriverlo e premere Avvia fotocamera.' }),

    notSaved: (message, todo) => ({
      what: sentence(`Le immagini non vengono conservate: ${message || 'il computer non ha potuto salvarle'}`),
      todo: sentence(todo || `${TELL}; si continua a riprendere, e appena possibile si torna a conservare`),
    }),
    overload: (seconds) => ({
      what: `Il computer è occupato. Si invia di nuovo tra ${count(seconds, 'secondo', 'secondi')}.`,
      todo: 'Una frequenza più bassa aiuta.',
    }),
    frameRefused: (message, todo) => ({
      what: sentence(`Il computer ha rifiutato un’immagine${message ? `: ${message}` : ''}`),
      todo: sentence(todo || 'si continua a riprendere; se continua, fermare e riavviare la fotocamera'),
    }),
    problem: (what, todo) => ({ what: sentence(what), todo: todo ? sentence(todo) : undefined }),
  },

  number,
  size,
  percent,

  notes: {
    skipped: (n) => `La rete è lenta: ${count(n, 'immagine saltata', 'immagini saltate')} per altre più nuove.`,
    waiting: (n, bytes, cap) =>
      `${count(n, 'immagine aspetta', 'immagini aspettano')} l’invio su questo telefono: ${size(bytes)} su ${size(cap)} al massimo. Oltre, si perdono le più vecchie.`,
    dropped: (n) =>
      `Questo telefono non aveva più spazio per ${count(n, 'immagine', 'immagini')} mentre mancava il computer: si sono perse le più vecchie.`,
    refused: (n) =>
      `${count(n, 'immagine', 'immagini')} senza copia sul computer: rifiuto del computer o perdita in questo browser.`,
    noWakeLock:
      'Questo browser non può tenere acceso lo schermo. Impostare il telefono in modo che non si blocchi da solo.',
  },

  ledger: {
    today: (parts) => `Oggi: ${parts.join(', ')}.`,
    watched: (time) => `sorvegliato ${time}`,
    recorded: (time) => `registrato ${time}`,
    blind: (time, reasons) => `non visto ${time} (${reasons.join(', ')})`,
    part: (reason, time) => `${reason} ${time}`,
    others: 'altro',
    hours: (n) => `${n} h`,
    minutes: (n) => `${n} min`,
    seconds: (n) => `${n} s`,
    reasons: {
      stopped: 'fermata',
      starting: 'avvio',
      not_found: 'nessuna fotocamera',
      only_others: 'nessuna fotocamera',
      unplugged: 'scollegata',
      busy: 'fotocamera in uso',
      no_permission: 'non consentita',
      stalled: 'nessuna immagine',
      frozen: 'immagine bloccata',
      unsupported: 'formato sconosciuto',
      file: 'file terminato',
      corrupt: 'immagini danneggiate',
      silent: 'silenzio',
      page_hidden: 'pagina nascosta',
      taken: 'fotocamera presa',
      muted: 'fotocamera in pausa',
      left: 'fermata',
      other: 'guasto',
      overloaded: 'computer occupato',
      disk_full: 'disco pieno',
      not_kept: 'non scritto',
      not_running: 'Framekeep spento',
      offline: 'senza rete',
      battery: 'batteria scarica',
      computer_asleep: 'computer in sospensione',
    },
  },

  record: {
    waits: (waiting, cap) => `${waiting} da inviare; ${cap} al massimo.`,
    full: (cap) => `Registrazione fermata, perché ci sono ${cap} da inviare. Ciò che è registrato resta e viene inviato.`,
    noRoom:
      'Registrazione fermata, perché questo browser non ha più spazio. Ciò che è registrato viene inviato; tenere aperta questa pagina.',
    notLasting: 'Questo browser non conserva nulla: ciò che aspetta si perde quando si chiude questa pagina.',
    sent: 'La registrazione è sul computer.',
    soundRefused: 'Registrazione senza audio: il microfono non è consentito per questa pagina.',
    soundMissing: 'Registrazione senza audio: nessun microfono si può usare.',
    empty: 'Questo browser non ha fornito alcun video: non è stato registrato nulla.',
    impossible: 'Questo browser non può registrare questa fotocamera.',
    deleted: 'La registrazione è stata eliminata sul computer.',
    incomplete: 'Manca una parte della registrazione. Ciò che c’è è stato conservato.',
    otherName: (name) => `Una registrazione di ${name} aspetta. Viene inviata quando questo telefono ha di nuovo quel nome.`,
    refused: (why) => `Il computer ha rifiutato la registrazione. ${why}`,
    held: (why) => `La registrazione aspetta su questo telefono. ${why}`,
  },

  videos: {
    title: 'Registrazioni',
    usage: (n, bytes) => `${count(n, 'registrazione', 'registrazioni')} · ${bytes}`,
    coming: 'in arrivo',
    incomplete: 'incompleta',
    unplayable: 'Questo browser non può riprodurre questo video. Si può scaricare e guardare altrove.',
    play: (when) => `Guarda la registrazione di ${when}`,
    download: (when) => `Scarica la registrazione di ${when}`,
    remove: (when) => `Elimina la registrazione di ${when}`,
    deleted: 'Registrazione eliminata.',
    restored: 'Registrazione ripristinata.',
    notDeleted: (why) => `La registrazione non è stata eliminata. ${why}`,
    notRestored: (why) => `Non è stato possibile ripristinare la registrazione. ${why}`,
    more: 'Registrazioni precedenti',
    timeline: 'Linea del tempo della registrazione',
    /** @param {string} at */
    movesAt: (at) => `Qualcosa si muove a ${at}`,
    missing: {
      /** @param {string} has @param {string} told */
      time: (has, told) => `Manca la fine: si sono potuti salvare ${has} di ${told}.`,
      /** @param {string} from @param {string} to */
      gap: (from, to) => `Non c’è immagine da ${from} a ${to}.`,
      /** @param {number} n */
      frames: (n) => `${count(n, 'immagine è danneggiata e manca', 'immagini sono danneggiate e mancano')}.`,
      sound: 'Non è stato possibile salvare l’audio.',
      /** @param {number} n */
      tracks: (n) => `${count(n, 'altra immagine o altro audio è', 'altre immagini o altri audio sono')} solo nel file originale.`,
      motion: 'Non è stato possibile cercare il movimento ovunque.',
      damaged: 'Una parte è danneggiata.',
    },
  },

  films: {
    title: 'Filmati',
    timelapse: 'Ripresa accelerata',
    selection: 'Immagini scelte',
    masked: 'Ciò che vede il rilevatore',
    drawn: 'Evento annotato',
    mask: 'Filmato di ciò che vede il rilevatore',
    play: (name) => `Riproduci: ${name}`,
    download: (name) => `Scarica: ${name}`,
    remove: (name) => `Elimina: ${name}`,
    ordered: 'Il filmato è in preparazione. Apparirà sotto Filmati.',
    made: 'Il filmato è pronto.',
    notOrdered: (why) => `Il filmato non è stato richiesto. ${why}`,
    deleted: 'Filmato eliminato.',
    restored: 'Filmato ripristinato.',
    notDeleted: (why) => `Il filmato non è stato eliminato. ${why}`,
    notRestored: (why) => `Non è stato possibile ripristinare il filmato. ${why}`,
    more: 'Filmati precedenti',
  },

  gallery: {
    title: 'Le mie immagini',
    today: 'Oggi',
    yesterday: 'Ieri',
    usage: (n, bytes) => `${count(n, 'immagine', 'immagini')} · ${bytes}`,
    event: (span, n) => `${span} · ${count(n, 'immagine', 'immagini')}`,
    deleted: (n) => (n === 1 ? 'Immagine eliminata.' : `${count(n, 'immagine eliminata', 'immagini eliminate')}.`),
    restored: (n) =>
      n === 1 ? 'Immagine ripristinata.' : `${count(n, 'immagine ripristinata', 'immagini ripristinate')}.`,
    notDeleted: (why) => `Non eliminato. ${why}`,
    tooLate: 'Sono state eliminate più di dieci minuti fa.',
    notRestored: (n, why) =>
      `Non è stato possibile ripristinare ${form(n, 'l’immagine', 'alcune immagini')}. ${why}`,
    loading: 'Caricamento…',
    loadFailed: 'Non è stato possibile caricare le immagini. Nuovo tentativo…',
    gonePicture: 'Questa immagine non c’è più.',
    score: (share) => `${share} in movimento`,
  },

  watch: {
    asking: 'Si chiede al computer…',
    noCameras: 'Nessuna fotocamera è accesa. Apparirà qui da sola.',
    noFrames: 'Nessuna immagine conservata.',
    notPaired:
      'Questo browser non è associato, o è stato rimosso sul computer. Inquadrare un codice sullo schermo del computer.',
    gone: 'Il computer non risponde. Nuovo tentativo…',
    live: (camera) => `Immagine dal vivo di ${camera}`,
    frame: (camera, when) => `Immagine di ${camera}, ${when}`,
  },

  because,

  errors: {
    unreachable: 'Il computer non risponde.',
    unknown: 'Il computer ha risposto con un errore.',
  },

  server: {
    no_session: { what: 'questo browser non è associato', todo: SCAN },
    unknown_session: { what: 'questo browser non è più associato', todo: SCAN },
    no_user: { what: 'questo dispositivo non ha ancora un nome', todo: 'scrivere prima il nome' },
    name_asked: {
      what: 'il nome è già in uso, e sul computer non c’è ancora il consenso',
      todo: 'attendere il consenso, o scegliere un altro nome',
    },
    operator_only: {
      what: 'può farlo solo chi gestisce il computer',
      todo: 'usare la finestra sul computer',
    },
    viewer_only: {
      what: 'questo dispositivo può solo guardare',
      todo: 'inquadrare il codice di una fotocamera con un altro browser',
    },
    cross_origin: {
      what: 'la richiesta non veniva da una pagina di questo computer',
      todo: 'aprire la pagina all’indirizzo del computer',
    },
    wrong_host: {
      what: 'questo computer non si chiama così',
      todo: 'usare l’indirizzo sotto il codice sullo schermo del computer',
    },
    not_found: { what: 'qui non c’è nulla che questo dispositivo possa vedere', todo: 'forse è stato eliminato' },
    file_gone: { what: 'il file non è più nella cartella', todo: TELL },
    too_slow: { what: 'il trasferimento era troppo lento', todo: AGAIN },
    broken_off: { what: 'il trasferimento si è interrotto', todo: AGAIN },
    local_camera: { what: 'la fotocamera del computer si chiama già così', todo: 'scegliere un altro nome' },
    private_zone: {
      what: 'una parte dell’immagine è privata, e un video non si può oscurare',
      todo: 'riprendere senza video, o far togliere la zona sul computer',
    },
    contradiction: { what: 'il computer ha già altro sotto questo numero', todo: TELL },
    deleted: {
      what: 'la registrazione è stata eliminata',
      todo: 'ripristinarla entro dieci minuti, o registrare di nuovo',
    },
    too_large: { what: 'è troppo grande', todo: 'inviare un’immagine più piccola' },
    not_a_picture: {
      what: 'non è un’immagine che il computer sa leggere',
      todo: 'inviare un’immagine JPEG, PNG o WebP',
    },
    not_a_video: { what: 'non è un video che il computer sa leggere', todo: 'registrare con un altro browser' },
    bad_size: { what: 'l’immagine è troppo piccola o troppo grande', todo: 'inviarne una di altra dimensione' },
    bad_time: { what: 'l’ora della ripresa non può essere vera', todo: 'regolare l’orologio di questo dispositivo' },
    bad_name: {
      what: 'questo nome non va bene',
      todo: 'usare al massimo 40 lettere, cifre, spazi e - _ . \'',
    },
    undecodable: { what: 'l’immagine è danneggiata', todo: 'inviarla di nuovo' },
    wrong_checksum: { what: 'una parte è arrivata danneggiata', todo: 'viene inviata di nuovo' },
    bad_cursor: { what: 'l’elenco non vale più', todo: 'ricaricare la pagina' },
    too_often: { what: 'ci sono state troppe richieste', todo: AGAIN },
    too_many: {
      what: 'questo dispositivo ha troppe cose aperte insieme',
      todo: 'chiudere le altre pagine di Framekeep',
    },
    too_many_cameras: {
      what: 'sono già collegate troppe fotocamere',
      todo: 'fermarne un’altra, o riprovare più tardi',
    },
    too_many_recordings: {
      what: 'sono già aperte troppe registrazioni',
      todo: 'prima terminarne o eliminarne un’altra',
    },
    busy: { what: 'il computer è ancora occupato', todo: 'una frequenza più bassa aiuta' },
    internal: { what: 'qualcosa è andato storto in Framekeep', todo: `${AGAIN}; se continua, ${TELL}` },
    library: { what: 'la cartella delle immagini non si può leggere o scrivere', todo: TELL },
    access: { what: 'l’elenco dei dispositivi non si può leggere o scrivere', todo: TELL },
    lost: { what: 'l’immagine si è persa nel computer', todo: AGAIN },
    closing: { what: 'Framekeep si sta chiudendo', todo: 'riprovare quando sarà di nuovo in funzione' },
    crowded: { what: 'arrivano troppe immagini insieme', todo: AGAIN },
    no_disk: { what: 'il disco delle immagini non risponde', todo: AGAIN },
    no_answer: {
      what: 'non si sa ancora che fine ha fatto l’immagine',
      todo: 'guardare più tardi in Le mie immagini; una frequenza più bassa aiuta',
    },
    too_many_devices: {
      what: 'sono associati troppi dispositivi',
      todo: 'far togliere sul computer quelli che non servono',
    },
    not_saved: {
      what: 'il disco è pieno o la cartella non è raggiungibile',
      todo: `${TELL}; si continua a riprendere`,
    },
    not_stored: {
      what: 'il computer ora non può salvarla',
      todo: `verrà inviata più tardi; ${TELL}`,
    },
  },

  problems: {
    recorder: { what: 'una registrazione è interrotta', todo: TELL },
    clips: { what: 'i video degli eventi non si possono fare', todo: TELL },
    ffmpeg: {
      what: 'le registrazioni sono conservate, ma non si possono ancora preparare per la riproduzione',
      todo: 'chiedere a chi gestisce il computer di installare ffmpeg',
    },
    store: { what: 'le registrazioni sono conservate, ma non si possono ancora preparare per la riproduzione', todo: TELL },
    disk_full: { what: 'il disco delle immagini è pieno', todo: 'chiedere a chi gestisce il computer di fare spazio' },
    save_folder: {
      what: 'la cartella delle immagini non è raggiungibile',
      todo: 'chiedere a chi gestisce il computer di ripristinarla o di sceglierne un’altra',
    },
    index: { what: 'le nuove immagini sono conservate, ma gli elenchi non le mostrano', todo: TELL },
    frames_lost: { what: 'alcune immagini non si possono conservare e vanno perse', todo: TELL },
    server: { what: 'il servizio per i telefoni ha un problema', todo: TELL },
    settings: { what: 'non è stato possibile cambiare un’impostazione del computer', todo: TELL },
    command: { what: 'qualcosa che è stato chiesto sul computer non è riuscito', todo: TELL },
    internal: { what: 'una parte di Framekeep ha un guasto', todo: TELL },
  },
};
