/** What is left of one where the scheme is mistyped: `http//user:password@host`. */
const BARE_USER_INFO = /([^\s/?#@:,"']*):([^\s/?#@,]+)@/g;
const USER_INFO = /([a-z][a-z0-9+.-]*:\/\/)([^\s/?#]*)@/gi;

/** A URL may carry credentials before its host; whatever stands there is masked. */
export function maskUserInfo(text: string): string {
  return text.replace(USER_INFO, '$1********@').replace(BARE_USER_INFO, '********@');
}

/** Passwords inside the URLs of a text, as written and decoded. */
export function urlPasswords(text: string): readonly string[] {
  return [...text.matchAll(USER_INFO)].flatMap(([, , userInfo = '']) => {
    const password = userInfo.slice(userInfo.indexOf(':') + 1);
    return [userInfo, password, decoded(password)];
  });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
