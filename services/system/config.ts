// What the processes of the system inherit from whoever starts them, before their own settings.

export const inheritedEnvironment: Readonly<Record<string, string | undefined>> = process.env
