// @ts-check
/** Spanish, without addressing the reader as `tú` or `usted` where that can be avoided. What the entries mean stands in `en.js`. */

import { because, numbersOf, sentence } from './saying.js';

const { count, form, number, percent, size } = numbersOf('es', ['bytes', 'kB', 'MB', 'GB', 'TB']);

const TELL = 'avisar a quien atiende el ordenador';
const AGAIN = 'volver a intentarlo en un momento';
const SCAN = 'escanear de nuevo el código de la pantalla del ordenador';

/** @type {typeof import('./en.js').en} */
export const es = {
  language: 'es',
  name: 'Español',

  page: {
    brand: 'Framekeep',
    nameLabel: 'Nombre',
    nameHint: 'Las imágenes guardadas van a una carpeta con este nombre.',
    promise:
      'Las imágenes de este teléfono van al ordenador cuyo código se escaneó, y a ningún otro sitio. Guarda aquellas en las que algo se mueve.',
    stepOpen: 'Abrir Framekeep en el ordenador.',
    stepScan: 'Apuntar con la cámara de este teléfono al código de su pantalla.',
    stepTap: 'Tocar el enlace que aparece.',
    myFrames: 'Mis imágenes',
    rate: 'Frecuencia',
    sent: 'enviadas',
    motion: 'movimiento',
    kept: 'guardadas',
    livePicture: 'Imagen en directo',
    backToCamera: 'Cámara',
    emptyTitle: 'Aún no hay imágenes guardadas',
    emptyText:
      'Basta con iniciar la cámara y mover algo delante de ella. Lo que se mueve se guarda y aparece aquí por sí solo.',
    emptyLink: 'Ir a la cámara',
    notPairedTitle: 'Primero hay que escanear el código',
    notPairedText:
      'Este navegador no está vinculado. Hay que abrir Framekeep en el ordenador y escanear el código de su pantalla con la cámara de este teléfono.',
    namelessTitle: 'Primero el nombre',
    namelessText:
      'En la página de la cámara, escribir el nombre y pulsar Iniciar cámara. Lo que se guarde con ese nombre aparece aquí.',
    language: 'Idioma',
    framesTitle: 'Mis imágenes · Framekeep',
    watchTitle: 'Todas las cámaras · Framekeep',
    photoTitle: 'Enviar una foto · Framekeep',
    photo: 'Enviar una foto',
    photoText:
      'Pasa por el mismo detector de movimiento que una cámara en directo, en el ordenador cuyo código se escaneó, y va a la carpeta con ese nombre. En esta página no hace falta nada más, ni siquiera JavaScript.',
    photoNameHint: 'Si se deja vacío, se envía con el nombre que tiene este teléfono.',
    photoField: 'Imagen',
    photoSend: 'Enviar foto',
    photoCamera: 'Usar la cámara en directo',
    close: 'Cerrar',
    earlier: 'Imagen anterior',
    later: 'Imagen siguiente',
    download: 'Descargar',
    remove: 'Borrar',
    undo: 'Deshacer',
    allCameras: 'Todas las cámaras',
    keptFrames: 'Imágenes guardadas',
    filmHere: 'Filmar con este dispositivo',
    trustOnce: 'Confiar una vez en este ordenador para que no salgan más avisos',
    play: 'Ver',
    withSound: 'Con sonido',
    recordingVideo: 'Grabando vídeo',
    peak: 'Mejor',
  },

  buttons: {
    start: 'Iniciar cámara',
    stop: 'Parar cámara',
    record: 'Grabar vídeo',
    stopRecording: 'Parar grabación',
    frontInUse: 'Cámara frontal en uso, cambiar a la trasera',
    backInUse: 'Cámara trasera en uso, cambiar a la frontal',
    front: 'Cámara frontal',
    back: 'Cámara trasera',
    newFrames: (n) => count(n, 'imagen nueva', 'imágenes nuevas'),
    playEvent: (span) => `Reproducir las imágenes de ${span}`,
    downloadEvent: (span) => `Guardar las imágenes de ${span} en un archivo`,
    deleteEvent: (span) => `Quitar las imágenes de ${span}`,
    filmEvent: (span) => `Hacer una película con las imágenes de ${span}`,
    filmDay: 'Película del día',
    downloadAll: 'Guardar todo',
    play: 'Ver',
    pause: 'Pausa',
    open: (when, peak) => `Abrir la imagen de ${when}${peak ? ', la mejor de su evento' : ''}`,
  },

  sign: { filming: 'Filmando', off: 'No filma', paused: 'En pausa' },

  states: { motion: 'Movimiento', still: 'Quieto', blind: 'A ciegas', problem: 'Problema', idle: 'Listo' },

  rates: {
    name: (intervalMs) =>
      intervalMs > 1000 ? `1 cada ${Math.round(intervalMs / 1000)} s` : `${Math.round(1000 / intervalMs)} por s`,
  },

  status: {
    asking: () => ({ what: 'Preguntando al ordenador quién es este teléfono…' }),
    ready: () => ({ what: 'Listo.', todo: 'Pulsar Iniciar cámara.' }),
    readyNameless: () => ({ what: 'Listo.', todo: 'Escribir el nombre y pulsar Iniciar cámara.' }),
    starting: () => ({ what: 'Abriendo la cámara…', todo: 'Hay que permitirla si el teléfono pregunta.' }),
    claiming: () => ({ what: 'Enviando el nombre al ordenador…' }),
    firstFrame: () => ({ what: 'La cámara está encendida. Enviando la primera imagen…' }),
    motion: () => ({ what: 'Movimiento: algo se mueve.' }),
    still: () => ({ what: 'Quieto: nada se mueve.' }),
    warming_up: () => ({ what: 'Quieto: aprendiendo cómo es el fondo.' }),
    too_small: () => ({ what: 'Quieto: lo que se mueve es demasiado pequeño.' }),
    too_large: () => ({
      what: 'Quieto: cambió toda la imagen.',
      todo: 'Conviene dejar el teléfono donde no se mueva.',
    }),
    light_changed: () => ({ what: 'Quieto: cambió la luz.' }),
    camera_moved: () => ({ what: 'Quieto: se movió la cámara.', todo: 'Conviene dejar el teléfono donde no se mueva.' }),
    outside_zones: () => ({ what: 'Quieto: se mueve fuera de las zonas vigiladas.' }),
    not_long_enough: () => ({ what: 'Quieto: algo empezó a moverse.' }),
    stopped: () => ({ what: 'Parado. No se filma ni se envía nada.' }),

    insecure: () => ({
      what: 'Esta página no tiene acceso a ninguna cámara.',
      todo: 'Abrir su dirección https en Safari o Chrome, o enviar fotos sueltas.',
      link: { text: 'Enviar una foto', href: '/upload' },
    }),
    unpaired: () => ({
      what: 'Este teléfono no está vinculado.',
      todo: 'Escanear con la cámara el código de la pantalla del ordenador.',
    }),
    revoked: () => ({
      what: 'Este teléfono se ha quitado en el ordenador.',
      todo: 'Para seguir, escanear de nuevo el código de la pantalla del ordenador.',
    }),
    hidden: () => ({
      what: 'En pausa: esta página está en segundo plano.',
      todo: 'Para seguir filmando, la página debe quedar abierta y la pantalla encendida.',
    }),
    gone: () => ({
      what: 'El ordenador no responde. Intentándolo de nuevo…',
      todo: 'Comprobar que Framekeep está en marcha y que este teléfono está en la misma wifi. Las imágenes de este rato esperan en este teléfono.',
    }),
    noNetwork: () => ({
      what: 'Este teléfono no tiene red.',
      todo: 'Conectarlo a la wifi del ordenador. Las imágenes de este rato esperan en este teléfono.',
    }),
    back: () => ({ what: 'El ordenador ha vuelto. Se sigue.' }),
    failing: (message) => ({
      what: sentence(message || 'el ordenador respondió con un error'),
      todo: 'Se vuelve a intentar automáticamente. Si continúa, avisar a quien atiende el ordenador.',
    }),

    denied: () => ({
      what: 'La cámara no está permitida para esta página.',
      todo: 'Permitir la cámara en los ajustes del navegador para esta página (el signo a la izquierda de la dirección) y pulsar Iniciar cámara.',
    }),
    missing: () => ({
      what: 'Este dispositivo no tiene cámara.',
      todo: 'Conectar una, o enviar fotos sueltas.',
      link: { text: 'Enviar una foto', href: '/upload' },
    }),
    busy: () => ({
      what: 'Otra aplicación usa la cámara.',
      todo: 'Cerrar esa aplicación y pulsar Iniciar cámara.',
    }),
    failed: (reason) => ({
      what: sentence(`La cámara no se inició${reason ? `: ${reason}` : ''}`),
      todo: 'Pulsar otra vez Iniciar cámara. Si continúa, cerrar otras aplicaciones que usen la cámara.',
    }),
    taken: () => ({
      what: 'Se perdió la cámara: otra aplicación la tomó o se desconectó.',
      todo: 'Cerrar la otra aplicación y pulsar Iniciar cámara.',
    }),
    takenRetrying: () => ({
      what: 'Se perdió la cámara: otra aplicación la tomó o se desconectó.',
      todo: 'Cerrar la otra aplicación. La página lo intenta sola hasta que se pulse Parar cámara.',
    }),
    muted: () => ({
      what: 'El teléfono puso la cámara en pausa, quizá por una llamada.',
      todo: 'Sigue por sí sola cuando la cámara quede libre.',
    }),
    stalled: () => ({
      what: 'La cámara no da imágenes.',
      todo: 'Si continúa, pulsar Parar cámara y luego Iniciar cámara.',
    }),

    asked: (name) => ({
      what: `El nombre ${name} está en uso. Esperando el permiso en el ordenador…`,
      todo: 'Dar permiso en la ventana del ordenador, o escribir otro nombre.',
    }),
    granted: (name) => ({ what: `Permiso concedido: el nombre es ${name}.`, todo: 'Pulsar Iniciar cámara.' }),
    refused: (name) => ({ what: `No se concedió el nombre ${name}.`, todo: 'Escribir otro nombre.' }),
    badName: (message, todo) => ({
      what: sentence(message || 'ese nombre no se puede usar'),
      todo: sentence(todo || 'escribir otro nombre'),
    }),
    nameFailed: (message, todo) => ({
      what: sentence(`El nombre no llegó al ordenador: ${message || 'respondió con un error'}`),
      todo: sentence(todo || 'pulsar otra vez Iniciar cámara'),
    }),
    nameLost: () => ({
      what: 'Este teléfono ya no tiene nombre.',
      todo: 'Escribir el nombre y pulsar Iniciar cámara.',
    }),
    nameMissing: () => ({ what: 'Falta el nombre.', todo: 'Escribirlo y pulsar Iniciar cámara.' }),

    notSaved: (message, todo) => ({
      what: sentence(`No se guardan imágenes: ${message || 'el ordenador no pudo guardarlas'}`),
      todo: sentence(todo || `${TELL}; se sigue filmando, y se volverá a guardar en cuanto se pueda`),
    }),
    overload: (seconds) => ({
      what: `El ordenador está ocupado. Se envía de nuevo en ${count(seconds, 'segundo', 'segundos')}.`,
      todo: 'Una frecuencia más baja ayuda.',
    }),
    frameRefused: (message, todo) => ({
      what: sentence(`El ordenador rechazó una imagen${message ? `: ${message}` : ''}`),
      todo: sentence(todo || 'se sigue filmando; si continúa, parar e iniciar la cámara'),
    }),
    problem: (what, todo) => ({ what: sentence(what), todo: todo ? sentence(todo) : undefined }),
  },

  number,
  size,
  percent,

  notes: {
    skipped: (n) => `La red es lenta: ${count(n, 'imagen omitida', 'imágenes omitidas')} por otras más nuevas.`,
    waiting: (n, bytes, cap) =>
      `${count(n, 'imagen espera', 'imágenes esperan')} en este teléfono a ser ${form(n, 'enviada', 'enviadas')}: ${size(bytes)} de ${size(cap)} como máximo. Si hay más, se pierden las más antiguas.`,
    dropped: (n) =>
      `Este teléfono ya no tenía sitio para ${count(n, 'imagen', 'imágenes')} mientras faltaba el ordenador: se perdieron las más antiguas.`,
    refused: (n) =>
      `${count(n, 'imagen', 'imágenes')} sin conservar: el ordenador no quiso recibirlas o este navegador las perdió.`,
    noWakeLock:
      'Este navegador no puede mantener la pantalla encendida. Conviene ajustar el teléfono para que no se bloquee solo.',
  },

  ledger: {
    today: (parts) => `Hoy: ${parts.join(', ')}.`,
    watched: (time) => `vigilado ${time}`,
    recorded: (time) => `grabado ${time}`,
    blind: (time, reasons) => `a ciegas ${time} (${reasons.join(', ')})`,
    part: (reason, time) => `${reason} ${time}`,
    others: 'otros',
    hours: (n) => `${n} h`,
    minutes: (n) => `${n} min`,
    seconds: (n) => `${n} s`,
    reasons: {
      stopped: 'parada',
      starting: 'iniciando',
      not_found: 'sin cámara',
      only_others: 'sin cámara',
      unplugged: 'desconectada',
      busy: 'cámara en uso',
      no_permission: 'sin permiso',
      stalled: 'sin imágenes',
      frozen: 'imagen congelada',
      unsupported: 'formato desconocido',
      file: 'archivo terminado',
      corrupt: 'imágenes dañadas',
      silent: 'sin señal',
      page_hidden: 'página oculta',
      taken: 'cámara tomada',
      muted: 'cámara en pausa',
      left: 'parada',
      other: 'fallo',
      overloaded: 'ordenador ocupado',
      disk_full: 'disco lleno',
      not_kept: 'sin guardar',
      not_running: 'Framekeep cerrado',
      offline: 'sin conexión',
      battery: 'batería agotada',
      computer_asleep: 'ordenador en reposo',
    },
  },

  record: {
    waits: (waiting, cap) => `${waiting} por enviar; ${cap} como máximo.`,
    full: (cap) => `Grabación parada, porque hay ${cap} por enviar. Lo grabado se conserva y se envía.`,
    noRoom:
      'Grabación parada, porque este navegador no tiene más sitio. Lo grabado se envía; esta página debe quedar abierta.',
    notLasting: 'Este navegador no conserva nada: lo que espera se pierde al cerrar esta página.',
    sent: 'La grabación está en el ordenador.',
    soundRefused: 'Grabación sin sonido: el micrófono no está permitido para esta página.',
    soundMissing: 'Grabación sin sonido: no se puede usar ningún micrófono.',
    empty: 'Este navegador no ha dado ningún vídeo: no se ha grabado nada.',
    impossible: 'Este navegador no puede grabar esta cámara.',
    deleted: 'La grabación se borró en el ordenador.',
    incomplete: 'Falta una parte de la grabación. Lo que hay se guardó.',
    otherName: (name) => `Espera una grabación de ${name}. Se envía cuando este teléfono vuelva a tener ese nombre.`,
    refused: (why) => `El ordenador rechazó la grabación. ${why}`,
    held: (why) => `La grabación espera en este teléfono. ${why}`,
  },

  videos: {
    title: 'Grabaciones',
    usage: (n, bytes) => `${count(n, 'grabación', 'grabaciones')} · ${bytes}`,
    coming: 'aún llegando',
    incomplete: 'incompleta',
    unplayable: 'Este navegador no puede reproducir este vídeo. Se puede descargar y ver en otro sitio.',
    play: (when) => `Ver la grabación de ${when}`,
    download: (when) => `Descargar la grabación de ${when}`,
    remove: (when) => `Borrar la grabación de ${when}`,
    deleted: 'Grabación borrada.',
    restored: 'Grabación recuperada.',
    notDeleted: (why) => `La grabación no se borró. ${why}`,
    notRestored: (why) => `La grabación no se pudo recuperar. ${why}`,
    more: 'Grabaciones anteriores',
    timeline: 'Línea de tiempo de la grabación',
    /** @param {string} at */
    movesAt: (at) => `Algo se mueve en ${at}`,
    missing: {
      /** @param {string} has @param {string} told */
      time: (has, told) => `Falta el final: se pudieron salvar ${has} de ${told}.`,
      /** @param {string} from @param {string} to */
      gap: (from, to) => `No hay imagen de ${from} a ${to}.`,
      /** @param {number} n */
      frames: (n) => `${count(n, 'imagen está dañada y falta', 'imágenes están dañadas y faltan')}.`,
      sound: 'No se pudo salvar el sonido.',
      /** @param {number} n */
      tracks: (n) => `${count(n, 'imagen o sonido más está', 'imágenes o sonidos más están')} solo en el archivo original.`,
      motion: 'No se pudo buscar movimiento en toda la grabación.',
      damaged: 'Una parte está dañada.',
    },
  },

  films: {
    title: 'Películas',
    timelapse: 'Cámara rápida',
    selection: 'Imágenes elegidas',
    masked: 'Lo que ve el detector',
    drawn: 'Evento anotado',
    mask: 'Película de lo que ve el detector',
    play: (name) => `Reproducir: ${name}`,
    download: (name) => `Descargar: ${name}`,
    remove: (name) => `Borrar: ${name}`,
    ordered: 'La película se está haciendo. Aparecerá en Películas.',
    made: 'La película está lista.',
    notOrdered: (why) => `La película no se encargó. ${why}`,
    deleted: 'Película borrada.',
    restored: 'Película recuperada.',
    notDeleted: (why) => `La película no se borró. ${why}`,
    notRestored: (why) => `La película no se pudo recuperar. ${why}`,
    more: 'Películas anteriores',
  },

  gallery: {
    title: 'Mis imágenes',
    today: 'Hoy',
    yesterday: 'Ayer',
    usage: (n, bytes) => `${count(n, 'imagen', 'imágenes')} · ${bytes}`,
    event: (span, n) => `${span} · ${count(n, 'imagen', 'imágenes')}`,
    deleted: (n) => (n === 1 ? 'Imagen borrada.' : `${count(n, 'imagen borrada', 'imágenes borradas')}.`),
    restored: (n) => (n === 1 ? 'Imagen recuperada.' : `${count(n, 'imagen recuperada', 'imágenes recuperadas')}.`),
    notDeleted: (why) => `No se borró. ${why}`,
    tooLate: 'Se borraron hace más de diez minutos.',
    notRestored: (n, why) =>
      `${form(n, 'La imagen no se pudo recuperar', 'Algunas imágenes no se pudieron recuperar')}. ${why}`,
    loading: 'Cargando…',
    loadFailed: 'No se pudieron cargar las imágenes. Intentándolo de nuevo…',
    gonePicture: 'Esta imagen ya no está.',
    score: (share) => `${share} en movimiento`,
  },

  watch: {
    asking: 'Preguntando al ordenador…',
    noCameras: 'Aún no hay ninguna cámara encendida. Aparecerá aquí por sí sola.',
    noFrames: 'Aún no hay imágenes guardadas.',
    notPaired:
      'Este navegador no está vinculado, o se ha quitado en el ordenador. Hay que escanear un código de la pantalla del ordenador.',
    gone: 'El ordenador no responde. Intentándolo de nuevo…',
    live: (camera) => `Imagen en directo de ${camera}`,
    frame: (camera, when) => `Imagen de ${camera}, ${when}`,
  },

  because,

  errors: {
    unreachable: 'El ordenador no responde.',
    unknown: 'El ordenador respondió con un error.',
  },

  server: {
    no_session: { what: 'este navegador no está vinculado', todo: SCAN },
    unknown_session: { what: 'este navegador ya no está vinculado', todo: SCAN },
    no_user: { what: 'este dispositivo aún no tiene nombre', todo: 'escribir primero el nombre' },
    name_asked: {
      what: 'el nombre está en uso, y aún no hay permiso en el ordenador',
      todo: 'esperar el permiso, o elegir otro nombre',
    },
    operator_only: {
      what: 'eso solo puede hacerlo quien atiende el ordenador',
      todo: 'usar la ventana del ordenador',
    },
    viewer_only: {
      what: 'este dispositivo solo puede mirar',
      todo: 'escanear el código de una cámara con otro navegador',
    },
    cross_origin: {
      what: 'la petición no vino de una página de este ordenador',
      todo: 'abrir la página en la dirección del ordenador',
    },
    wrong_host: {
      what: 'este ordenador no se llama así',
      todo: 'usar la dirección que está bajo el código en la pantalla del ordenador',
    },
    not_found: { what: 'aquí no hay nada que este dispositivo pueda ver', todo: 'quizá se borró' },
    file_gone: { what: 'el archivo ya no está en la carpeta', todo: TELL },
    too_slow: { what: 'la transferencia fue demasiado lenta', todo: AGAIN },
    broken_off: { what: 'la transferencia se cortó', todo: AGAIN },
    local_camera: { what: 'la cámara del ordenador ya se llama así', todo: 'elegir otro nombre' },
    private_zone: {
      what: 'una parte de la imagen es privada, y un vídeo no se puede tapar',
      todo: 'filmar sin vídeo, o pedir que se quite la zona en el ordenador',
    },
    contradiction: { what: 'el ordenador ya tiene otra cosa con ese número', todo: TELL },
    deleted: { what: 'la grabación se borró', todo: 'recuperarla antes de diez minutos, o grabar de nuevo' },
    too_large: { what: 'es demasiado grande', todo: 'enviar una imagen más pequeña' },
    not_a_picture: {
      what: 'no es una imagen que el ordenador sepa leer',
      todo: 'enviar una imagen JPEG, PNG o WebP',
    },
    not_a_video: { what: 'no es un vídeo que el ordenador sepa leer', todo: 'grabar con otro navegador' },
    bad_size: { what: 'la imagen es demasiado pequeña o demasiado grande', todo: 'enviar una de otro tamaño' },
    bad_time: { what: 'la hora de la toma no puede ser cierta', todo: 'poner en hora este dispositivo' },
    bad_name: {
      what: 'ese nombre no sirve',
      todo: 'usar como máximo 40 letras, cifras, espacios y - _ . \'',
    },
    undecodable: { what: 'la imagen está dañada', todo: 'enviarla de nuevo' },
    wrong_checksum: { what: 'una parte llegó dañada', todo: 'se envía de nuevo' },
    bad_cursor: { what: 'la lista ya no vale', todo: 'recargar la página' },
    too_often: { what: 'hubo demasiadas peticiones', todo: AGAIN },
    too_many: {
      what: 'este dispositivo tiene demasiadas cosas abiertas a la vez',
      todo: 'cerrar otras páginas de Framekeep',
    },
    too_many_cameras: {
      what: 'ya hay demasiadas cámaras conectadas',
      todo: 'parar otra, o intentarlo más tarde',
    },
    too_many_recordings: {
      what: 'ya hay demasiadas grabaciones abiertas',
      todo: 'terminar o borrar primero otra',
    },
    busy: { what: 'el ordenador sigue ocupado', todo: 'una frecuencia más baja ayuda' },
    internal: { what: 'algo falló en Framekeep', todo: `${AGAIN}; si continúa, ${TELL}` },
    library: { what: 'la carpeta de las imágenes no se puede leer o escribir', todo: TELL },
    access: { what: 'la lista de dispositivos no se puede leer o escribir', todo: TELL },
    lost: { what: 'la imagen se perdió en el ordenador', todo: AGAIN },
    closing: { what: 'Framekeep se está cerrando', todo: 'intentarlo cuando vuelva a estar en marcha' },
    crowded: { what: 'llegan demasiadas imágenes a la vez', todo: AGAIN },
    no_disk: { what: 'el disco de las imágenes no responde', todo: AGAIN },
    no_answer: {
      what: 'aún no se sabe qué fue de la imagen',
      todo: 'mirar más tarde en Mis imágenes; una frecuencia más baja ayuda',
    },
    too_many_devices: {
      what: 'hay demasiados dispositivos vinculados',
      todo: 'pedir que se quiten en el ordenador los que no se usan',
    },
    not_saved: {
      what: 'el disco está lleno o la carpeta no está accesible',
      todo: `${TELL}; se sigue filmando`,
    },
    not_stored: {
      what: 'el ordenador no puede guardarla ahora',
      todo: `se enviará más tarde; ${TELL}`,
    },
  },

  problems: {
    recorder: { what: 'una grabación está interrumpida', todo: TELL },
    clips: { what: 'no se pueden hacer los vídeos de los sucesos', todo: TELL },
    ffmpeg: {
      what: 'las grabaciones se guardan, pero aún no se pueden preparar para reproducirlas',
      todo: 'pedir a quien atiende el ordenador que instale ffmpeg',
    },
    store: { what: 'las grabaciones se guardan, pero aún no se pueden preparar para reproducirlas', todo: TELL },
    disk_full: {
      what: 'el disco de las imágenes está lleno',
      todo: 'pedir a quien atiende el ordenador que haga sitio',
    },
    save_folder: {
      what: 'la carpeta de las imágenes no está accesible',
      todo: 'pedir a quien atiende el ordenador que la recupere o elija otra',
    },
    index: { what: 'las imágenes nuevas se guardan, pero las listas no las muestran', todo: TELL },
    frames_lost: { what: 'hay imágenes que no se pueden guardar y se pierden', todo: TELL },
    server: { what: 'el servicio para teléfonos tiene un problema', todo: TELL },
    settings: { what: 'no se pudo cambiar un ajuste del ordenador', todo: TELL },
    command: { what: 'falló algo que se pidió en el ordenador', todo: TELL },
    internal: { what: 'una parte de Framekeep tiene un fallo', todo: TELL },
  },
};
