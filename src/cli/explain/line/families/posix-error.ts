/** How Apple's systems write the number of an error of POSIX: Network and Foundation, in Swift and in Objective-C. */
export function posixError(errno: number): readonly string[] {
  return [
    `POSIXErrorCode(rawValue: ${errno})`,
    `kNWErrorDomainPOSIX Code=${errno}`,
    `NSPOSIXErrorDomain Code=${errno}`,
  ];
}
