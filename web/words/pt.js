// @ts-check
/** Portuguese, the words of Brazil where the two differ, without addressing the reader where that can be avoided. What the entries mean stands in `en.js`. */

import { because, numbersOf, sentence } from './saying.js';

const { count, form, number, percent, size } = numbersOf('pt', ['bytes', 'kB', 'MB', 'GB', 'TB']);

const TELL = 'avisar quem cuida do computador';
const AGAIN = 'tentar de novo daqui a pouco';
const SCAN = 'ler de novo o código na tela do computador';

/** @type {typeof import('./en.js').en} */
export const pt = {
  language: 'pt',
  name: 'Português',

  page: {
    brand: 'Framekeep',
    nameLabel: 'Nome',
    nameHint: 'As imagens guardadas vão para uma pasta com este nome.',
    promise:
      'As imagens deste telefone vão para o computador cujo código foi lido, e para nenhum outro lugar. Ele guarda aquelas em que algo se move.',
    stepOpen: 'Abrir o Framekeep no computador.',
    stepScan: 'Apontar a câmera deste telefone para o código na tela dele.',
    stepTap: 'Tocar no link que aparece.',
    myFrames: 'Minhas imagens',
    rate: 'Frequência',
    sent: 'enviadas',
    motion: 'movimento',
    kept: 'guardadas',
    livePicture: 'Imagem ao vivo',
    backToCamera: 'Câmera',
    emptyTitle: 'Nenhuma imagem guardada ainda',
    emptyText:
      'Basta ligar a câmera e mover algo diante dela. O que se move é guardado e aparece aqui automaticamente.',
    emptyLink: 'Ir para a câmera',
    notPairedTitle: 'Primeiro é preciso ler o código',
    notPairedText:
      'Este navegador não está associado. Abrir o Framekeep no computador e ler o código na tela com a câmera deste telefone.',
    namelessTitle: 'Primeiro o nome',
    namelessText:
      'Na página da câmera, escrever o nome e tocar em Ligar câmera. O que for guardado com esse nome aparece aqui.',
    language: 'Idioma',
    framesTitle: 'Minhas imagens · Framekeep',
    watchTitle: 'Todas as câmeras · Framekeep',
    photoTitle: 'Enviar uma foto · Framekeep',
    photo: 'Enviar uma foto',
    photoText:
      'Ela passa pelo mesmo detector de movimento que uma câmera ao vivo, no computador cujo código foi lido, e vai para a pasta com esse nome. Nada mais é preciso nesta página, nem mesmo JavaScript.',
    photoNameHint: 'Se ficar vazio, a foto vai com o nome que este telefone tem.',
    photoField: 'Imagem',
    photoSend: 'Enviar foto',
    photoCamera: 'Usar a câmera ao vivo',
    close: 'Fechar',
    earlier: 'Imagem anterior',
    later: 'Imagem seguinte',
    download: 'Baixar',
    remove: 'Apagar',
    undo: 'Desfazer',
    allCameras: 'Todas as câmeras',
    keptFrames: 'Imagens guardadas',
    filmHere: 'Filmar com este aparelho',
    trustOnce: 'Confiar uma vez neste computador, e nenhum aviso aparece mais',
    play: 'Assistir',
    withSound: 'Com som',
    recordingVideo: 'Gravando vídeo',
    peak: 'Auge',
  },

  buttons: {
    start: 'Ligar câmera',
    stop: 'Desligar câmera',
    record: 'Gravar vídeo',
    stopRecording: 'Parar gravação',
    frontInUse: 'Câmera frontal em uso, mudar para a traseira',
    backInUse: 'Câmera traseira em uso, mudar para a frontal',
    front: 'Câmera frontal',
    back: 'Câmera traseira',
    newFrames: (n) => count(n, 'nova imagem', 'novas imagens'),
    playEvent: (span) => `Reproduzir as imagens de ${span}`,
    downloadEvent: (span) => `Salvar as imagens de ${span} em um só arquivo`,
    deleteEvent: (span) => `Remover as imagens de ${span}`,
    filmEvent: (span) => `Fazer um filme com as imagens de ${span}`,
    filmDay: 'Filme do dia',
    downloadAll: 'Salvar tudo',
    play: 'Ver',
    pause: 'Pausar',
    open: (when, peak) => `Abrir a imagem de ${when}${peak ? ', auge do seu evento' : ''}`,
  },

  sign: { filming: 'Filmando', off: 'Não filma', paused: 'Em pausa' },

  states: { motion: 'Movimento', still: 'Parado', blind: 'Sem visão', problem: 'Problema', idle: 'Pronto' },

  rates: {
    name: (intervalMs) =>
      intervalMs > 1000 ? `1 em ${Math.round(intervalMs / 1000)} s` : `${Math.round(1000 / intervalMs)} por s`,
  },

  status: {
    asking: () => ({ what: 'Perguntando ao computador quem é este telefone…' }),
    ready: () => ({ what: 'Pronto.', todo: 'Tocar em Ligar câmera.' }),
    readyNameless: () => ({ what: 'Pronto.', todo: 'Escrever o nome e tocar em Ligar câmera.' }),
    starting: () => ({ what: 'Abrindo a câmera…', todo: 'É preciso permitir se o telefone perguntar.' }),
    claiming: () => ({ what: 'Enviando o nome ao computador…' }),
    firstFrame: () => ({ what: 'A câmera está ligada. Enviando a primeira imagem…' }),
    motion: () => ({ what: 'Movimento: algo se move.' }),
    still: () => ({ what: 'Parado: nada se move.' }),
    warming_up: () => ({ what: 'Parado: aprendendo como é o fundo.' }),
    too_small: () => ({ what: 'Parado: o que se move é pequeno demais.' }),
    too_large: () => ({
      what: 'Parado: a imagem inteira mudou.',
      todo: 'Convém deixar o telefone onde ele não se mova.',
    }),
    light_changed: () => ({ what: 'Parado: a luz mudou.' }),
    camera_moved: () => ({ what: 'Parado: a câmera se moveu.', todo: 'Convém deixar o telefone onde ele não se mova.' }),
    outside_zones: () => ({ what: 'Parado: o movimento está fora das zonas vigiadas.' }),
    not_long_enough: () => ({ what: 'Parado: algo começou a se mover.' }),
    stopped: () => ({ what: 'Desligado. Nada é filmado nem enviado.' }),

    insecure: () => ({
      what: 'Esta página não tem acesso a nenhuma câmera.',
      todo: 'Abrir o endereço https no Safari ou no Chrome, ou enviar fotos avulsas.',
      link: { text: 'Enviar uma foto', href: '/upload' },
    }),
    unpaired: () => ({
      what: 'Este telefone não está associado.',
      todo: 'Ler com a câmera o código na tela do computador.',
    }),
    revoked: () => ({
      what: 'Este telefone foi removido no computador.',
      todo: 'Para continuar, ler de novo o código na tela do computador.',
    }),
    hidden: () => ({
      what: 'Em pausa: esta página está em segundo plano.',
      todo: 'Para continuar filmando, a página deve ficar aberta e a tela ligada.',
    }),
    gone: () => ({
      what: 'O computador não responde. Tentando de novo…',
      todo: 'Verificar se o Framekeep está em execução e se este telefone está no mesmo Wi-Fi. As imagens deste período esperam neste telefone.',
    }),
    noNetwork: () => ({
      what: 'Este telefone está sem rede.',
      todo: 'Conectar ao Wi-Fi do computador. As imagens deste período esperam neste telefone.',
    }),
    back: () => ({ what: 'O computador voltou. Continuando.' }),
    failing: (message) => ({
      what: sentence(message || 'o computador respondeu com um erro'),
      todo: 'Nova tentativa automática. Se continuar assim, avisar quem cuida do computador.',
    }),

    denied: () => ({
      what: 'A câmera não está permitida para esta página.',
      todo: 'Permitir a câmera nas configurações do navegador para esta página (o sinal à esquerda do endereço) e depois tocar em Ligar câmera.',
    }),
    missing: () => ({
      what: 'Este aparelho não tem câmera.',
      todo: 'Conectar uma, ou enviar fotos avulsas.',
      link: { text: 'Enviar uma foto', href: '/upload' },
    }),
    busy: () => ({
      what: 'Outro aplicativo usa a câmera.',
      todo: 'Fechar esse aplicativo e tocar em Ligar câmera.',
    }),
    failed: (reason) => ({
      what: sentence(`A câmera não ligou${reason ? `: ${reason}` : ''}`),
      todo: 'Tocar outra vez em Ligar câmera. Se continuar assim, fechar outros aplicativos que usem a câmera.',
    }),
    taken: () => ({
      what: 'A câmera se perdeu: outro aplicativo a tomou, ou foi desconectada.',
      todo: 'Fechar o outro aplicativo e tocar em Ligar câmera.',
    }),
    takenRetrying: () => ({
      what: 'A câmera se perdeu: outro aplicativo a tomou, ou foi desconectada.',
      todo: 'Fechar o outro aplicativo. A página tenta sozinha até alguém tocar em Desligar câmera.',
    }),
    muted: () => ({
      what: 'O telefone pausou a câmera, talvez por causa de uma ligação.',
      todo: 'Ela continua sozinha quando estiver livre.',
    }),
    stalled: () => ({
      what: 'A câmera não dá imagens.',
      todo: 'Se continuar assim, tocar em Desligar câmera e depois em Ligar câmera.',
    }),

    asked: (name) => ({
      what: `O nome ${name} está em uso. Esperando a permissão no computador…`,
      todo: 'Dar a permissão na janela do computador, ou escrever outro nome.',
    }),
    granted: (name) => ({ what: `Permissão dada: o nome é ${name}.`, todo: 'Tocar em Ligar câmera.' }),
    refused: (name) => ({ what: `O nome ${name} não foi concedido.`, todo: 'Escrever outro nome.' }),
    badName: (message, todo) => ({
      what: sentence(message || 'esse nome não pode ser usado'),
      todo: sentence(todo || 'escrever outro nome'),
    }),
    nameFailed: (message, todo) => ({
      what: sentence(`O nome não chegou ao computador: ${message || 'ele respondeu com um erro'}`),
      todo: sentence(todo || 'tocar outra vez em Ligar câmera'),
    }),
    nameLost: () => ({
      what: 'Este telefone não tem mais nome.',
      todo: 'Escrever o nome e tocar em Ligar câmera.',
    }),
    nameMissing: () => ({ what: 'Falta o nome.', todo: 'Escrever o nome e tocar em Ligar câmera.' }),

    notSaved: (message, todo) => ({
      what: sentence(`As imagens não são guardadas: ${message || 'o computador não conseguiu salvá-las'}`),
      todo: sentence(todo || `${TELL}; a filmagem continua, e as imagens voltam a ser guardadas assim que possível`),
    }),
    overload: (seconds) => ({
      what: `O computador está ocupado. Novo envio em ${count(seconds, 'segundo', 'segundos')}.`,
      todo: 'Uma frequência mais baixa ajuda.',
    }),
    frameRefused: (message, todo) => ({
      what: sentence(`O computador recusou uma imagem${message ? `: ${message}` : ''}`),
      todo: sentence(todo || 'a filmagem continua; se ficar assim, desligar e ligar a câmera'),
    }),
    problem: (what, todo) => ({ what: sentence(what), todo: todo ? sentence(todo) : undefined }),
  },

  number,
  size,
  percent,

  notes: {
    skipped: (n) => `A rede está lenta: ${count(n, 'imagem pulada', 'imagens puladas')} por outras mais novas.`,
    waiting: (n, bytes, cap) =>
      `${count(n, 'imagem espera', 'imagens esperam')} o envio neste telefone: ${size(bytes)} de no máximo ${size(cap)}. Acima disso, as mais antigas se perdem.`,
    dropped: (n) =>
      `Este telefone não tinha mais espaço para ${count(n, 'imagem', 'imagens')} enquanto faltava o computador: as mais antigas se perderam.`,
    refused: (n) =>
      `${count(n, 'imagem', 'imagens')} sem cópia no computador: recusa do computador ou perda neste navegador.`,
    noWakeLock:
      'Este navegador não consegue manter a tela ligada. Convém ajustar o telefone para que não bloqueie sozinho.',
  },

  ledger: {
    today: (parts) => `Hoje: ${parts.join(', ')}.`,
    watched: (time) => `vigiado ${time}`,
    recorded: (time) => `gravado ${time}`,
    blind: (time, reasons) => `sem visão ${time} (${reasons.join(', ')})`,
    part: (reason, time) => `${reason} ${time}`,
    others: 'outros',
    hours: (n) => `${n} h`,
    minutes: (n) => `${n} min`,
    seconds: (n) => `${n} s`,
    reasons: {
      stopped: 'desligada',
      starting: 'ligando',
      not_found: 'sem câmera',
      only_others: 'sem câmera',
      unplugged: 'desconectada',
      busy: 'câmera em uso',
      no_permission: 'sem permissão',
      stalled: 'sem imagens',
      frozen: 'imagem congelada',
      unsupported: 'formato desconhecido',
      file: 'fim do arquivo',
      corrupt: 'imagens danificadas',
      silent: 'sem sinal',
      page_hidden: 'página oculta',
      taken: 'câmera tomada',
      muted: 'câmera pausada',
      left: 'desligada',
      other: 'falha',
      overloaded: 'computador ocupado',
      disk_full: 'disco cheio',
      not_kept: 'não gravado',
      not_running: 'Framekeep fechado',
      offline: 'sem rede',
      battery: 'bateria vazia',
      computer_asleep: 'computador suspenso',
    },
  },

  record: {
    waits: (waiting, cap) => `${waiting} por enviar; no máximo ${cap}.`,
    full: (cap) => `Gravação parada, porque há ${cap} por enviar. O que foi gravado fica e é enviado.`,
    noRoom:
      'Gravação parada, porque este navegador não tem mais espaço. O que foi gravado é enviado; esta página deve ficar aberta.',
    notLasting: 'Este navegador não guarda nada: o que espera se perde quando esta página é fechada.',
    sent: 'A gravação está no computador.',
    soundRefused: 'Gravação sem som: o microfone não está permitido para esta página.',
    soundMissing: 'Gravação sem som: nenhum microfone pode ser usado.',
    empty: 'Este navegador não forneceu nenhum vídeo: nada foi gravado.',
    impossible: 'Este navegador não consegue gravar esta câmera.',
    deleted: 'A gravação foi apagada no computador.',
    incomplete: 'Falta uma parte da gravação. O que há foi guardado.',
    otherName: (name) => `Uma gravação de ${name} espera. É enviada quando este telefone tiver esse nome de novo.`,
    refused: (why) => `O computador recusou a gravação. ${why}`,
    held: (why) => `A gravação espera neste telefone. ${why}`,
  },

  videos: {
    title: 'Gravações',
    usage: (n, bytes) => `${count(n, 'gravação', 'gravações')} · ${bytes}`,
    coming: 'ainda chegando',
    incomplete: 'incompleta',
    unplayable: 'Este navegador não consegue reproduzir este vídeo. É possível baixá-lo e ver em outro lugar.',
    play: (when) => `Assistir à gravação de ${when}`,
    download: (when) => `Baixar a gravação de ${when}`,
    remove: (when) => `Apagar a gravação de ${when}`,
    deleted: 'Gravação apagada.',
    restored: 'Gravação recuperada.',
    notDeleted: (why) => `A gravação não foi apagada. ${why}`,
    notRestored: (why) => `A gravação não pôde ser recuperada. ${why}`,
    more: 'Gravações anteriores',
    timeline: 'Linha do tempo da gravação',
    /** @param {string} at */
    movesAt: (at) => `Algo se move em ${at}`,
    missing: {
      /** @param {string} has @param {string} told */
      time: (has, told) => `Falta o fim: foi possível salvar ${has} de ${told}.`,
      /** @param {string} from @param {string} to */
      gap: (from, to) => `Não há imagem de ${from} a ${to}.`,
      /** @param {number} n */
      frames: (n) => `${count(n, 'imagem está danificada e falta', 'imagens estão danificadas e faltam')}.`,
      sound: 'Não foi possível salvar o som.',
      /** @param {number} n */
      tracks: (n) => `${count(n, 'outra imagem ou outro som está', 'outras imagens ou outros sons estão')} apenas no arquivo original.`,
      motion: 'Não foi possível procurar movimento em toda a gravação.',
      damaged: 'Uma parte está danificada.',
    },
  },

  films: {
    title: 'Filmes',
    timelapse: 'Câmera rápida',
    selection: 'Imagens escolhidas',
    masked: 'O que o detector vê',
    drawn: 'Evento anotado',
    mask: 'Filme do que o detector vê',
    play: (name) => `Reproduzir: ${name}`,
    download: (name) => `Baixar: ${name}`,
    remove: (name) => `Apagar: ${name}`,
    ordered: 'O filme está sendo feito. Ele aparecerá em Filmes.',
    made: 'O filme está pronto.',
    notOrdered: (why) => `O filme não foi pedido. ${why}`,
    deleted: 'Filme apagado.',
    restored: 'Filme recuperado.',
    notDeleted: (why) => `O filme não foi apagado. ${why}`,
    notRestored: (why) => `O filme não pôde ser recuperado. ${why}`,
    more: 'Filmes anteriores',
  },

  gallery: {
    title: 'Minhas imagens',
    today: 'Hoje',
    yesterday: 'Ontem',
    usage: (n, bytes) => `${count(n, 'imagem', 'imagens')} · ${bytes}`,
    event: (span, n) => `${span} · ${count(n, 'imagem', 'imagens')}`,
    deleted: (n) => (n === 1 ? 'Imagem apagada.' : `${count(n, 'imagem apagada', 'imagens apagadas')}.`),
    restored: (n) => (n === 1 ? 'Imagem recuperada.' : `${count(n, 'imagem recuperada', 'imagens recuperadas')}.`),
    notDeleted: (why) => `Não foi apagado. ${why}`,
    tooLate: 'Foram apagadas há mais de dez minutos.',
    notRestored: (n, why) =>
      `${form(n, 'A imagem não pôde ser recuperada', 'Algumas imagens não puderam ser recuperadas')}. ${why}`,
    loading: 'Carregando…',
    loadFailed: 'As imagens não puderam ser carregadas. Tentando de novo…',
    gonePicture: 'Esta imagem não está mais aqui.',
    score: (share) => `${share} em movimento`,
  },

  watch: {
    asking: 'Perguntando ao computador…',
    noCameras: 'Nenhuma câmera está ligada ainda. Ela aparece aqui automaticamente.',
    noFrames: 'Nenhuma imagem guardada ainda.',
    notPaired:
      'Este navegador não está associado, ou foi removido no computador. É preciso ler um código na tela do computador.',
    gone: 'O computador não responde. Tentando de novo…',
    live: (camera) => `Imagem ao vivo de ${camera}`,
    frame: (camera, when) => `Imagem de ${camera}, ${when}`,
  },

  because,

  errors: {
    unreachable: 'O computador não responde.',
    unknown: 'O computador respondeu com um erro.',
  },

  server: {
    no_session: { what: 'este navegador não está associado', todo: SCAN },
    unknown_session: { what: 'este navegador não está mais associado', todo: SCAN },
    no_user: { what: 'este aparelho ainda não tem nome', todo: 'escrever primeiro o nome' },
    name_asked: {
      what: 'o nome está em uso, e ainda não há permissão no computador',
      todo: 'esperar a permissão, ou escolher outro nome',
    },
    operator_only: { what: 'só quem cuida do computador pode fazer isso', todo: 'usar a janela do computador' },
    viewer_only: {
      what: 'este aparelho só pode olhar',
      todo: 'ler o código de uma câmera com outro navegador',
    },
    cross_origin: {
      what: 'o pedido não veio de uma página deste computador',
      todo: 'abrir a página no endereço do computador',
    },
    wrong_host: {
      what: 'este computador não se chama assim',
      todo: 'usar o endereço abaixo do código na tela do computador',
    },
    not_found: { what: 'aqui não há nada que este aparelho possa ver', todo: 'talvez tenha sido apagado' },
    file_gone: { what: 'o arquivo não está mais na pasta', todo: TELL },
    too_slow: { what: 'a transferência foi lenta demais', todo: AGAIN },
    broken_off: { what: 'a transferência foi interrompida', todo: AGAIN },
    local_camera: { what: 'a câmera do computador já se chama assim', todo: 'escolher outro nome' },
    private_zone: {
      what: 'uma parte da imagem é privada, e um vídeo não pode ser coberto',
      todo: 'filmar sem vídeo, ou pedir que a zona seja retirada no computador',
    },
    contradiction: { what: 'o computador já tem outra coisa com esse número', todo: TELL },
    deleted: { what: 'a gravação foi apagada', todo: 'recuperar em até dez minutos, ou gravar de novo' },
    too_large: { what: 'é grande demais', todo: 'enviar uma imagem menor' },
    not_a_picture: {
      what: 'não é uma imagem que o computador saiba ler',
      todo: 'enviar uma imagem JPEG, PNG ou WebP',
    },
    not_a_video: { what: 'não é um vídeo que o computador saiba ler', todo: 'gravar com outro navegador' },
    bad_size: { what: 'a imagem é pequena ou grande demais', todo: 'enviar uma de outro tamanho' },
    bad_time: { what: 'a hora da imagem não pode estar certa', todo: 'acertar o relógio deste aparelho' },
    bad_name: {
      what: 'esse nome não serve',
      todo: 'usar no máximo 40 letras, algarismos, espaços e - _ . \'',
    },
    undecodable: { what: 'a imagem está danificada', todo: 'enviar de novo' },
    wrong_checksum: { what: 'uma parte chegou danificada', todo: 'ela é enviada de novo' },
    bad_cursor: { what: 'a lista não vale mais', todo: 'recarregar a página' },
    too_often: { what: 'houve pedidos demais', todo: AGAIN },
    too_many: {
      what: 'este aparelho tem coisas demais abertas ao mesmo tempo',
      todo: 'fechar outras páginas do Framekeep',
    },
    too_many_cameras: { what: 'já há câmeras demais conectadas', todo: 'desligar outra, ou tentar mais tarde' },
    too_many_recordings: {
      what: 'já há gravações demais abertas',
      todo: 'primeiro terminar ou apagar outra',
    },
    busy: { what: 'o computador ainda está ocupado', todo: 'uma frequência mais baixa ajuda' },
    internal: { what: 'algo deu errado no Framekeep', todo: `${AGAIN}; se continuar assim, ${TELL}` },
    library: { what: 'a pasta das imagens não pode ser lida ou escrita', todo: TELL },
    access: { what: 'a lista de aparelhos não pode ser lida ou escrita', todo: TELL },
    lost: { what: 'a imagem se perdeu no computador', todo: AGAIN },
    closing: { what: 'o Framekeep está fechando', todo: 'tentar quando ele voltar' },
    crowded: { what: 'chegam imagens demais ao mesmo tempo', todo: AGAIN },
    no_disk: { what: 'o disco das imagens não responde', todo: AGAIN },
    no_answer: {
      what: 'ainda não se sabe o que houve com a imagem',
      todo: 'olhar mais tarde em Minhas imagens; uma frequência mais baixa ajuda',
    },
    too_many_devices: {
      what: 'há aparelhos demais associados',
      todo: 'pedir que os que não são usados sejam removidos no computador',
    },
    not_saved: { what: 'o disco está cheio ou a pasta está inacessível', todo: `${TELL}; a filmagem continua` },
    not_stored: { what: 'o computador não pode salvá-la agora', todo: `ela será enviada mais tarde; ${TELL}` },
  },

  problems: {
    recorder: { what: 'uma gravação está interrompida', todo: TELL },
    clips: { what: 'não é possível fazer os vídeos dos eventos', todo: TELL },
    ffmpeg: {
      what: 'as gravações são guardadas, mas ainda não podem ser preparadas para reprodução',
      todo: 'pedir a quem cuida do computador que instale o ffmpeg',
    },
    store: { what: 'as gravações são guardadas, mas ainda não podem ser preparadas para reprodução', todo: TELL },
    disk_full: { what: 'o disco das imagens está cheio', todo: 'pedir a quem cuida do computador que libere espaço' },
    save_folder: {
      what: 'a pasta das imagens está inacessível',
      todo: 'pedir a quem cuida do computador que a traga de volta ou escolha outra',
    },
    index: { what: 'as novas imagens são guardadas, mas as listas não as mostram', todo: TELL },
    frames_lost: { what: 'há imagens que não podem ser guardadas e se perdem', todo: TELL },
    server: { what: 'o serviço para telefones tem um problema', todo: TELL },
    settings: { what: 'uma configuração do computador não pôde ser mudada', todo: TELL },
    command: { what: 'algo que foi pedido no computador falhou', todo: TELL },
    internal: { what: 'uma parte do Framekeep tem uma falha', todo: TELL },
  },
};
