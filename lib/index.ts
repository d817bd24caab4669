// The public names of fsmount; wires providers and loader in.
export const version = '0.1.0'
