// @ts-check
/** French, in the polite form. What the entries mean stands in `en.js`. */

import { because, numbersOf, sentence } from './saying.js';

const { count, form, number, percent, size } = numbersOf('fr', ['o', 'ko', 'Mo', 'Go', 'To']);

const TELL = 'prévenez la personne qui s’occupe de l’ordinateur';
const AGAIN = 'réessayez dans un instant';
const SCAN = 'scannez de nouveau le code affiché sur l’ordinateur';

/** @type {typeof import('./en.js').en} */
export const fr = {
  language: 'fr',
  name: 'Français',

  page: {
    brand: 'Framekeep',
    nameLabel: 'Votre nom',
    nameHint: 'Les images gardées vont dans un dossier de ce nom.',
    promise:
      'Les images de ce téléphone vont à l’ordinateur dont vous avez scanné le code, et nulle part ailleurs. Il garde celles où quelque chose bouge.',
    stepOpen: 'Ouvrez Framekeep sur l’ordinateur.',
    stepScan: 'Visez le code sur son écran avec l’appareil photo de ce téléphone.',
    stepTap: 'Touchez le lien qui apparaît.',
    myFrames: 'Mes images',
    rate: 'Cadence',
    sent: 'envoyées',
    motion: 'mouvement',
    kept: 'gardées',
    livePicture: 'Image en direct',
    backToCamera: 'Caméra',
    emptyTitle: 'Aucune image gardée pour l’instant',
    emptyText:
      'Démarrez la caméra et faites bouger quelque chose devant elle. Ce qui bouge est gardé et apparaît ici tout seul.',
    emptyLink: 'Aller à la caméra',
    notPairedTitle: 'Scannez d’abord le code',
    notPairedText:
      'Ce navigateur n’est pas associé. Ouvrez Framekeep sur l’ordinateur et scannez le code sur son écran avec l’appareil photo de ce téléphone.',
    namelessTitle: 'D’abord votre nom',
    namelessText:
      'Allez à la caméra, saisissez votre nom et appuyez sur Démarrer la caméra. Ce qui est gardé sous ce nom apparaît ici.',
    language: 'Langue',
    framesTitle: 'Mes images · Framekeep',
    watchTitle: 'Toutes les caméras · Framekeep',
    photoTitle: 'Envoyer une photo · Framekeep',
    photo: 'Envoyer une photo',
    photoText:
      'Elle passe par le même détecteur de mouvement qu’une caméra en direct, sur l’ordinateur dont vous avez scanné le code, et va dans le dossier à votre nom. Rien d’autre n’est nécessaire sur cette page, pas même JavaScript.',
    photoNameHint: 'Laissez ce champ vide pour envoyer sous le nom que porte ce téléphone.',
    photoField: 'Image',
    photoSend: 'Envoyer la photo',
    photoCamera: 'Filmer plutôt avec la caméra',
    close: 'Fermer',
    earlier: 'Image précédente',
    later: 'Image suivante',
    download: 'Télécharger',
    remove: 'Supprimer',
    undo: 'Annuler',
    allCameras: 'Toutes les caméras',
    keptFrames: 'Images gardées',
    filmHere: 'Filmer avec cet appareil',
    trustOnce: 'Faire confiance à cet ordinateur une fois, et plus aucun avertissement n’apparaît',
    play: 'Lire',
    withSound: 'Avec le son',
    recordingVideo: 'Vidéo en cours',
    peak: 'Temps fort',
  },

  buttons: {
    start: 'Démarrer la caméra',
    stop: 'Arrêter la caméra',
    record: 'Filmer une vidéo',
    stopRecording: 'Arrêter la vidéo',
    frontInUse: 'Caméra avant utilisée, passer à la caméra arrière',
    backInUse: 'Caméra arrière utilisée, passer à la caméra avant',
    front: 'Caméra avant',
    back: 'Caméra arrière',
    newFrames: (n) => count(n, 'nouvelle image', 'nouvelles images'),
    playEvent: (span) => `Lire les images de ${span}`,
    downloadEvent: (span) => `Enregistrer les images de ${span} en un seul fichier`,
    deleteEvent: (span) => `Supprimer les images de ${span}`,
    filmEvent: (span) => `Faire un film des images de ${span}`,
    filmDay: 'Film du jour',
    downloadAll: 'Tout enregistrer',
    play: 'Lire',
    pause: 'Pause',
    open: (when, peak) => `Ouvrir l’image de ${when}${peak ? ', temps fort de son événement' : ''}`,
  },

  sign: { filming: 'Filme', off: 'Ne filme pas', paused: 'En pause' },

  states: { motion: 'Mouvement', still: 'Calme', blind: 'Aveugle', problem: 'Problème', idle: 'Prêt' },

  rates: {
    name: (intervalMs) =>
      intervalMs > 1000 ? `1 en ${Math.round(intervalMs / 1000)} s` : `${Math.round(1000 / intervalMs)} par s`,
  },

  status: {
    asking: () => ({ what: 'L’ordinateur cherche qui est ce téléphone…' }),
    ready: () => ({ what: 'Prêt.', todo: 'Appuyez sur Démarrer la caméra.' }),
    readyNameless: () => ({ what: 'Prêt.', todo: 'Saisissez votre nom et appuyez sur Démarrer la caméra.' }),
    starting: () => ({ what: 'Ouverture de la caméra…', todo: 'Autorisez-la si le téléphone le demande.' }),
    claiming: () => ({ what: 'Envoi de votre nom à l’ordinateur…' }),
    firstFrame: () => ({ what: 'La caméra est allumée. Envoi de la première image…' }),
    motion: () => ({ what: 'Mouvement : quelque chose bouge.' }),
    still: () => ({ what: 'Calme : rien ne bouge.' }),
    warming_up: () => ({ what: 'Calme : apprentissage du décor.' }),
    too_small: () => ({ what: 'Calme : ce qui bouge est trop petit.' }),
    too_large: () => ({
      what: 'Calme : toute l’image a changé.',
      todo: 'Posez le téléphone là où il ne bouge pas.',
    }),
    light_changed: () => ({ what: 'Calme : la lumière a changé.' }),
    camera_moved: () => ({ what: 'Calme : la caméra a bougé.', todo: 'Posez le téléphone là où il ne bouge pas.' }),
    outside_zones: () => ({ what: 'Calme : cela bouge hors des zones surveillées.' }),
    not_long_enough: () => ({ what: 'Calme : quelque chose a commencé à bouger.' }),
    stopped: () => ({ what: 'Arrêté. Rien n’est filmé ni envoyé.' }),

    insecure: () => ({
      what: 'Cette page n’a accès à aucune caméra.',
      todo: 'Ouvrez son adresse https dans Safari ou Chrome, ou envoyez des photos une par une.',
      link: { text: 'Envoyer une photo', href: '/upload' },
    }),
    unpaired: () => ({
      what: 'Ce téléphone n’est pas associé.',
      todo: 'Scannez le code sur l’écran de l’ordinateur avec l’appareil photo.',
    }),
    revoked: () => ({
      what: 'Ce téléphone a été retiré sur l’ordinateur.',
      todo: 'Pour continuer, scannez de nouveau le code sur l’écran de l’ordinateur.',
    }),
    hidden: () => ({
      what: 'En pause : cette page est en arrière-plan.',
      todo: 'Gardez-la ouverte et l’écran allumé pour continuer à filmer.',
    }),
    gone: () => ({
      what: 'L’ordinateur ne répond pas. Nouvel essai…',
      todo: 'Vérifiez que Framekeep est lancé et que ce téléphone est sur le même Wi-Fi. Les images de ce moment attendent sur ce téléphone.',
    }),
    noNetwork: () => ({
      what: 'Ce téléphone n’a pas de réseau.',
      todo: 'Rejoignez le Wi-Fi de l’ordinateur. Les images de ce moment attendent sur ce téléphone.',
    }),
    back: () => ({ what: 'L’ordinateur est revenu. On continue.' }),
    failing: (message) => ({
      what: sentence(message || 'l’ordinateur a répondu par une erreur'),
      todo: 'Nouvel essai automatique. Si cela dure, prévenez la personne qui s’occupe de l’ordinateur.',
    }),

    denied: () => ({
      what: 'La caméra n’est pas autorisée pour cette page.',
      todo: 'Autorisez la caméra dans les réglages du navigateur pour cette page (le signe à gauche de l’adresse), puis appuyez sur Démarrer la caméra.',
    }),
    missing: () => ({
      what: 'Cet appareil n’a pas de caméra.',
      todo: 'Branchez-en une, ou envoyez des photos une par une.',
      link: { text: 'Envoyer une photo', href: '/upload' },
    }),
    busy: () => ({
      what: 'Une autre application utilise la caméra.',
      todo: 'Fermez cette application, puis appuyez sur Démarrer la caméra.',
    }),
    failed: (reason) => ({
      what: sentence(`La caméra n’a pas démarré${reason ? ` : ${reason}` : ''}`),
      todo: 'Appuyez encore sur Démarrer la caméra. Si cela dure, fermez les autres applications qui utilisent la caméra.',
    }),
    taken: () => ({
      what: 'La caméra n’est plus là : une autre application l’a prise, ou elle a été débranchée.',
      todo: 'Fermez l’autre application et appuyez sur Démarrer la caméra.',
    }),
    takenRetrying: () => ({
      what: 'La caméra n’est plus là : une autre application l’a prise, ou elle a été débranchée.',
      todo: 'Fermez l’autre application. La page réessaie toute seule jusqu’à ce que vous appuyiez sur Arrêter la caméra.',
    }),
    muted: () => ({
      what: 'Le téléphone a mis la caméra en pause, peut-être pour un appel.',
      todo: 'Elle reprend toute seule quand la caméra est libre.',
    }),
    stalled: () => ({
      what: 'La caméra ne donne pas d’images.',
      todo: 'Si cela dure, appuyez sur Arrêter la caméra puis sur Démarrer la caméra.',
    }),

    asked: (name) => ({
      what: `Le nom ${name} est déjà pris. En attente d’un accord sur l’ordinateur…`,
      todo: 'Acceptez dans la fenêtre sur l’ordinateur, ou saisissez un autre nom.',
    }),
    granted: (name) => ({ what: `Accord donné : vous êtes ${name}.`, todo: 'Appuyez sur Démarrer la caméra.' }),
    refused: (name) => ({ what: `Le nom ${name} ne vous a pas été donné.`, todo: 'Saisissez un autre nom.' }),
    badName: (message, todo) => ({
      what: sentence(message || 'ce nom ne peut pas être utilisé'),
      todo: sentence(todo || 'saisissez un autre nom'),
    }),
    nameFailed: (message, todo) => ({
      what: sentence(`Votre nom n’est pas arrivé à l’ordinateur : ${message || 'il a répondu par une erreur'}`),
      todo: sentence(todo || 'appuyez encore sur Démarrer la caméra'),
    }),
    nameLost: () => ({
      what: 'Ce téléphone n’a plus de nom.',
      todo: 'Saisissez votre nom et appuyez sur Démarrer la caméra.',
    }),
    nameMissing: () => ({ what: 'Votre nom manque.', todo: 'Saisissez-le et appuyez sur Démarrer la caméra.' }),

    notSaved: (message, todo) => ({
      what: sentence(`Les images ne sont pas gardées : ${message || 'l’ordinateur n’a pas pu les enregistrer'}`),
      todo: sentence(todo || `${TELL} ; on continue à filmer, et les images seront de nouveau gardées dès que possible`),
    }),
    overload: (seconds) => ({
      what: `L’ordinateur est occupé. Nouvel envoi dans ${count(seconds, 'seconde', 'secondes')}.`,
      todo: 'Une cadence plus basse aide.',
    }),
    frameRefused: (message, todo) => ({
      what: sentence(`L’ordinateur a refusé une image${message ? ` : ${message}` : ''}`),
      todo: sentence(todo || 'on continue à filmer ; si cela dure, arrêtez puis redémarrez la caméra'),
    }),
    problem: (what, todo) => ({ what: sentence(what), todo: todo ? sentence(todo) : undefined }),
  },

  number,
  size,
  percent,

  notes: {
    skipped: (n) => `Le réseau est lent : ${count(n, 'image sautée', 'images sautées')} pour de plus récentes.`,
    waiting: (n, bytes, cap) =>
      `${count(n, 'image attend', 'images attendent')} l’envoi sur ce téléphone : ${size(bytes)} sur ${size(cap)} au plus. Au-delà, les plus anciennes sont perdues.`,
    dropped: (n) =>
      `Ce téléphone n’avait plus de place pour ${count(n, 'image', 'images')} pendant l’absence de l’ordinateur : les plus anciennes sont perdues.`,
    refused: (n) =>
      `${count(n, 'image', 'images')} sans sauvegarde : refus de l’ordinateur ou perte dans ce navigateur.`,
    noWakeLock:
      'Ce navigateur ne peut pas garder l’écran allumé. Réglez le téléphone pour qu’il ne se verrouille pas tout seul.',
  },

  ledger: {
    today: (parts) => `Aujourd’hui : ${parts.join(', ')}.`,
    watched: (time) => `surveillé ${time}`,
    recorded: (time) => `enregistré ${time}`,
    blind: (time, reasons) => `aveugle ${time} (${reasons.join(', ')})`,
    part: (reason, time) => `${reason} ${time}`,
    others: 'autres',
    hours: (n) => `${n} h`,
    minutes: (n) => `${n} min`,
    seconds: (n) => `${n} s`,
    reasons: {
      stopped: 'arrêt',
      starting: 'démarrage',
      not_found: 'pas de caméra',
      only_others: 'pas de caméra',
      unplugged: 'débranchée',
      busy: 'caméra occupée',
      no_permission: 'pas autorisée',
      stalled: 'pas d’images',
      frozen: 'image figée',
      unsupported: 'format inconnu',
      file: 'fichier terminé',
      corrupt: 'images abîmées',
      silent: 'silence',
      page_hidden: 'page en arrière-plan',
      taken: 'caméra prise',
      muted: 'caméra en pause',
      left: 'arrêt',
      other: 'défaut',
      overloaded: 'ordinateur occupé',
      disk_full: 'disque plein',
      not_kept: 'non enregistré',
      not_running: 'Framekeep arrêté',
      offline: 'hors ligne',
      battery: 'batterie vide',
      computer_asleep: 'ordinateur en veille',
    },
  },

  record: {
    waits: (waiting, cap) => `${waiting} en attente d’envoi ; ${cap} au plus.`,
    full: (cap) => `Vidéo arrêtée, car ${cap} attendent l’envoi. Ce qui a été filmé reste et sera envoyé.`,
    noRoom:
      'Vidéo arrêtée, car ce navigateur n’a plus de place. Ce qui a été filmé est envoyé ; gardez cette page ouverte.',
    notLasting: 'Ce navigateur ne garde rien : ce qui attend est perdu quand cette page est fermée.',
    sent: 'La vidéo est sur l’ordinateur.',
    soundRefused: 'Vidéo sans le son : le micro n’est pas autorisé pour cette page.',
    soundMissing: 'Vidéo sans le son : aucun micro ne peut être utilisé.',
    empty: 'Ce navigateur n’a fourni aucune vidéo : rien n’a été enregistré.',
    impossible: 'Ce navigateur ne peut pas faire de vidéo avec cette caméra.',
    deleted: 'La vidéo a été supprimée sur l’ordinateur.',
    incomplete: 'Une partie de la vidéo manque. Ce qui est là a été gardé.',
    otherName: (name) => `Une vidéo de ${name} attend. Elle sera envoyée quand ce téléphone aura de nouveau ce nom.`,
    refused: (why) => `L’ordinateur a refusé la vidéo. ${why}`,
    held: (why) => `La vidéo attend sur ce téléphone. ${why}`,
  },

  videos: {
    title: 'Vidéos',
    usage: (n, bytes) => `${count(n, 'vidéo', 'vidéos')} · ${bytes}`,
    coming: 'encore en cours d’envoi',
    incomplete: 'incomplète',
    unplayable: 'Ce navigateur ne peut pas lire cette vidéo. Téléchargez-la pour la lire ailleurs.',
    play: (when) => `Lire la vidéo de ${when}`,
    download: (when) => `Télécharger la vidéo de ${when}`,
    remove: (when) => `Supprimer la vidéo de ${when}`,
    deleted: 'Vidéo supprimée.',
    restored: 'Vidéo rétablie.',
    notDeleted: (why) => `La vidéo n’a pas été supprimée. ${why}`,
    notRestored: (why) => `La vidéo n’a pas pu être rétablie. ${why}`,
    more: 'Vidéos plus anciennes',
    timeline: 'Chronologie de l’enregistrement',
    /** @param {string} at */
    movesAt: (at) => `Quelque chose bouge à ${at}`,
    missing: {
      /** @param {string} has @param {string} told */
      time: (has, told) => `La fin manque : ${has} sur ${told} ont pu être sauvées.`,
      /** @param {string} from @param {string} to */
      gap: (from, to) => `Il n’y a pas d’image de ${from} à ${to}.`,
      /** @param {number} n */
      frames: (n) => `${count(n, 'image est endommagée et manque', 'images sont endommagées et manquent')}.`,
      sound: 'Le son n’a pas pu être sauvé.',
      /** @param {number} n */
      tracks: (n) => `${count(n, 'autre image ou son n’est', 'autres images ou sons ne sont')} que dans le fichier d’origine.`,
      motion: 'Le mouvement n’a pas pu être cherché partout.',
      damaged: 'Une partie est endommagée.',
    },
  },

  films: {
    title: 'Films',
    timelapse: 'Accéléré',
    selection: 'Images choisies',
    masked: 'Ce que voit le détecteur',
    drawn: 'Événement annoté',
    mask: 'Film de ce que voit le détecteur',
    play: (name) => `Lire : ${name}`,
    download: (name) => `Télécharger : ${name}`,
    remove: (name) => `Supprimer : ${name}`,
    ordered: 'Le film est en préparation. Il apparaîtra sous Films.',
    made: 'Le film est prêt.',
    notOrdered: (why) => `Le film n’a pas été commandé. ${why}`,
    deleted: 'Film supprimé.',
    restored: 'Film rétabli.',
    notDeleted: (why) => `Le film n’a pas été supprimé. ${why}`,
    notRestored: (why) => `Le film n’a pas pu être rétabli. ${why}`,
    more: 'Films plus anciens',
  },

  gallery: {
    title: 'Mes images',
    today: 'Aujourd’hui',
    yesterday: 'Hier',
    usage: (n, bytes) => `${count(n, 'image', 'images')} · ${bytes}`,
    event: (span, n) => `${span} · ${count(n, 'image', 'images')}`,
    deleted: (n) => (n === 1 ? 'Image supprimée.' : `${count(n, 'image supprimée', 'images supprimées')}.`),
    restored: (n) => (n === 1 ? 'Image rétablie.' : `${count(n, 'image rétablie', 'images rétablies')}.`),
    notDeleted: (why) => `Non supprimé. ${why}`,
    tooLate: 'La suppression date de plus de dix minutes.',
    notRestored: (n, why) =>
      `${form(n, 'L’image n’a pas pu être rétablie', 'Certaines images n’ont pas pu être rétablies')}. ${why}`,
    loading: 'Chargement…',
    loadFailed: 'Les images n’ont pas pu être chargées. Nouvel essai…',
    gonePicture: 'Cette image n’est plus là.',
    score: (share) => `${share} en mouvement`,
  },

  watch: {
    asking: 'On interroge l’ordinateur…',
    noCameras: 'Aucune caméra n’est allumée. Elle apparaîtra ici toute seule.',
    noFrames: 'Aucune image gardée pour l’instant.',
    notPaired:
      'Ce navigateur n’est pas associé, ou il a été retiré sur l’ordinateur. Scannez un code sur l’écran de l’ordinateur.',
    gone: 'L’ordinateur ne répond pas. Nouvel essai…',
    live: (camera) => `Image en direct de ${camera}`,
    frame: (camera, when) => `Image de ${camera}, ${when}`,
  },

  because,

  errors: {
    unreachable: 'L’ordinateur ne répond pas.',
    unknown: 'L’ordinateur a répondu par une erreur.',
  },

  server: {
    no_session: { what: 'ce navigateur n’est pas associé', todo: SCAN },
    unknown_session: { what: 'ce navigateur n’est plus associé', todo: SCAN },
    no_user: { what: 'cet appareil n’a pas encore de nom', todo: 'saisissez d’abord votre nom' },
    name_asked: {
      what: 'ce nom est déjà pris, et l’accord n’a pas encore été donné sur l’ordinateur',
      todo: 'attendez l’accord, ou choisissez un autre nom',
    },
    operator_only: {
      what: 'seule la personne qui s’occupe de l’ordinateur peut faire cela',
      todo: 'utilisez la fenêtre sur l’ordinateur',
    },
    viewer_only: {
      what: 'cet appareil peut seulement regarder',
      todo: 'scannez le code d’une caméra avec un autre navigateur',
    },
    cross_origin: {
      what: 'la demande ne venait pas d’une page de cet ordinateur',
      todo: 'ouvrez la page à l’adresse de l’ordinateur',
    },
    wrong_host: {
      what: 'cet ordinateur ne s’appelle pas ainsi',
      todo: 'utilisez l’adresse sous le code sur l’écran de l’ordinateur',
    },
    not_found: { what: 'il n’y a rien ici que cet appareil puisse voir', todo: 'cela a peut-être été supprimé' },
    file_gone: { what: 'le fichier n’est plus dans le dossier', todo: TELL },
    too_slow: { what: 'le transfert était trop lent', todo: AGAIN },
    broken_off: { what: 'le transfert a été interrompu', todo: AGAIN },
    local_camera: { what: 'la caméra de l’ordinateur porte déjà ce nom', todo: 'choisissez un autre nom' },
    private_zone: {
      what: 'une partie de l’image est privée, et une vidéo ne peut pas être masquée',
      todo: 'filmez sans vidéo, ou faites retirer la zone sur l’ordinateur',
    },
    contradiction: { what: 'l’ordinateur a déjà autre chose sous ce numéro', todo: TELL },
    deleted: {
      what: 'la vidéo a été supprimée',
      todo: 'rétablissez-la dans les dix minutes, ou filmez de nouveau',
    },
    too_large: { what: 'c’est trop gros', todo: 'envoyez une image plus petite' },
    not_a_picture: {
      what: 'ce n’est pas une image que l’ordinateur sait lire',
      todo: 'envoyez une image JPEG, PNG ou WebP',
    },
    not_a_video: {
      what: 'ce n’est pas une vidéo que l’ordinateur sait lire',
      todo: 'filmez avec un autre navigateur',
    },
    bad_size: { what: 'l’image est trop petite ou trop grande', todo: 'envoyez une image d’une autre taille' },
    bad_time: { what: 'l’heure de la prise de vue est impossible', todo: 'réglez l’horloge de cet appareil' },
    bad_name: {
      what: 'ce nom ne convient pas',
      todo: 'utilisez au plus 40 lettres, chiffres, espaces et - _ . \'',
    },
    undecodable: { what: 'l’image est abîmée', todo: 'envoyez-la de nouveau' },
    wrong_checksum: { what: 'un morceau est arrivé abîmé', todo: 'il est envoyé de nouveau' },
    bad_cursor: { what: 'la liste n’est plus valable', todo: 'rechargez la page' },
    too_often: { what: 'il y a eu trop de demandes', todo: AGAIN },
    too_many: {
      what: 'cet appareil a trop de choses ouvertes à la fois',
      todo: 'fermez les autres pages de Framekeep',
    },
    too_many_cameras: {
      what: 'trop de caméras sont déjà connectées',
      todo: 'arrêtez-en une autre, ou réessayez plus tard',
    },
    too_many_recordings: {
      what: 'trop de vidéos sont déjà en cours',
      todo: 'terminez-en ou supprimez-en d’abord une autre',
    },
    busy: { what: 'l’ordinateur est encore occupé', todo: 'une cadence plus basse aide' },
    internal: { what: 'quelque chose a échoué dans Framekeep', todo: `${AGAIN} ; si cela dure, ${TELL}` },
    library: { what: 'le dossier des images ne peut être ni lu ni écrit', todo: TELL },
    access: { what: 'la liste des appareils ne peut être ni lue ni écrite', todo: TELL },
    lost: { what: 'l’image s’est perdue dans l’ordinateur', todo: AGAIN },
    closing: { what: 'Framekeep se ferme', todo: 'réessayez quand il sera relancé' },
    crowded: { what: 'trop d’images arrivent à la fois', todo: AGAIN },
    no_disk: { what: 'le disque des images ne répond pas', todo: AGAIN },
    no_answer: {
      what: 'on ne sait pas encore ce que l’image est devenue',
      todo: 'regardez plus tard dans Mes images ; une cadence plus basse aide',
    },
    too_many_devices: {
      what: 'trop d’appareils sont associés',
      todo: 'faites retirer sur l’ordinateur ceux qui ne servent plus',
    },
    not_saved: {
      what: 'le disque est plein, ou le dossier est inaccessible',
      todo: `${TELL} ; on continue à filmer`,
    },
    not_stored: {
      what: 'l’ordinateur ne peut pas l’enregistrer pour l’instant',
      todo: `elle sera renvoyée plus tard ; ${TELL}`,
    },
  },

  problems: {
    recorder: { what: 'un enregistrement est interrompu', todo: TELL },
    clips: { what: 'les films des événements ne peuvent pas être faits', todo: TELL },
    ffmpeg: {
      what: 'les enregistrements sont gardés, mais ne peuvent pas encore être préparés pour la lecture',
      todo: 'demandez à la personne qui s’occupe de l’ordinateur d’installer ffmpeg',
    },
    store: { what: 'les enregistrements sont gardés, mais ne peuvent pas encore être préparés pour la lecture', todo: TELL },
    disk_full: {
      what: 'le disque des images est plein',
      todo: 'demandez à la personne qui s’occupe de l’ordinateur d’y faire de la place',
    },
    save_folder: {
      what: 'le dossier des images est inaccessible',
      todo: 'demandez à la personne qui s’occupe de l’ordinateur de le remettre ou d’en choisir un autre',
    },
    index: { what: 'les nouvelles images sont gardées, mais les listes ne les montrent pas', todo: TELL },
    frames_lost: { what: 'des images ne peuvent pas être gardées et sont perdues', todo: TELL },
    server: { what: 'le service pour les téléphones a un problème', todo: TELL },
    settings: { what: 'un réglage de l’ordinateur n’a pas pu être changé', todo: TELL },
    command: { what: 'une action demandée sur l’ordinateur a échoué', todo: TELL },
    internal: { what: 'une partie de Framekeep est en défaut', todo: TELL },
  },
};
